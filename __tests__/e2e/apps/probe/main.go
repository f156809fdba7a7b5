// An app for tests: over HTTP it does with files and the network what it is told to, and says what it sees of itself.
// It needs nothing of its image, no shell and no C library.
package main

import (
	"encoding/json"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

func main() {
	http.HandleFunc("GET /", func(w http.ResponseWriter, r *http.Request) {})
	http.HandleFunc("GET /process", answer(process))
	http.HandleFunc("GET /fetch", answer(fetch))
	http.HandleFunc("GET /connect", answer(connect))
	http.HandleFunc("GET /resolve", answer(resolve))
	http.HandleFunc("PUT /file", answer(write))
	http.HandleFunc("GET /file", read)
	http.HandleFunc("DELETE /file", answer(remove))
	http.HandleFunc("POST /file/times-and-mode", answer(change))
	http.HandleFunc("GET /file/status", answer(status))
	http.HandleFunc("GET /folder", answer(list))
	log.Fatal(http.ListenAndServe(":80", nil))
}

// answer sends a result as JSON; an error as status 500 with its text.
func answer(do func(*http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		result, err := do(r)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		json.NewEncoder(w).Encode(result)
	}
}

func process(*http.Request) (any, error) {
	// Byte strings are base64 in JSON.
	arguments := [][]byte{}
	for _, argument := range os.Args {
		arguments = append(arguments, []byte(argument))
	}
	environment, err := os.ReadFile("/proc/1/environ")
	if err != nil {
		return nil, err
	}
	status, err := os.ReadFile("/proc/1/status")
	if err != nil {
		return nil, err
	}
	mounts, err := os.ReadFile("/proc/1/mountinfo")
	if err != nil {
		return nil, err
	}
	devices, err := names("/dev")
	return map[string]any{
		"pid": os.Getpid(), "uid": os.Getuid(), "gid": os.Getgid(), "arguments": arguments, "environment": environment,
		"status": string(status), "mounts": string(mounts), "devices": devices,
	}, err
}

func fetch(r *http.Request) (any, error) {
	request, err := http.NewRequest("GET", r.FormValue("url"), nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Metadata-Flavor", "Google")
	client := http.Client{Timeout: 3 * time.Second}
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return map[string]any{"status": response.StatusCode, "body": string(body)}, err
}

func connect(r *http.Request) (any, error) {
	connection, err := net.DialTimeout("tcp", r.FormValue("address"), 3*time.Second)
	if err != nil {
		return nil, err
	}
	return true, connection.Close()
}

func resolve(r *http.Request) (any, error) {
	return net.LookupHost(r.FormValue("name"))
}

func write(r *http.Request) (any, error) {
	path := r.FormValue("path")
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, err
	}
	file, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	if _, err := io.Copy(file, r.Body); err != nil {
		file.Close()
		return nil, err
	}
	return true, file.Close()
}

func read(w http.ResponseWriter, r *http.Request) {
	file, err := os.Open(r.FormValue("path"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	defer file.Close()
	io.Copy(w, file)
}

func remove(r *http.Request) (any, error) {
	return true, os.Remove(r.FormValue("path"))
}

func change(r *http.Request) (any, error) {
	seconds, err := strconv.ParseInt(r.FormValue("modified"), 10, 64)
	if err != nil {
		return nil, err
	}
	if err := os.Chtimes(r.FormValue("path"), time.Unix(seconds, 0), time.Unix(seconds, 0)); err != nil {
		return nil, err
	}
	mode, err := strconv.ParseUint(r.FormValue("mode"), 8, 32)
	if err != nil {
		return nil, err
	}
	return true, os.Chmod(r.FormValue("path"), os.FileMode(mode))
}

func status(r *http.Request) (any, error) {
	info, err := os.Lstat(r.FormValue("path"))
	if err != nil {
		return nil, err
	}
	owner := info.Sys().(*syscall.Stat_t)
	return map[string]any{
		"uid": owner.Uid, "gid": owner.Gid, "mode": strconv.FormatUint(uint64(info.Mode().Perm()), 8),
		"size": info.Size(), "modified": info.ModTime().Unix(), "folder": info.IsDir(),
	}, nil
}

func list(r *http.Request) (any, error) {
	return names(r.FormValue("path"))
}

func names(folder string) ([]string, error) {
	entries, err := os.ReadDir(folder)
	found := []string{}
	for _, entry := range entries {
		found = append(found, strings.ToValidUTF8(entry.Name(), "?"))
	}
	return found, err
}
