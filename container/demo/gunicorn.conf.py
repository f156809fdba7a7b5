# One process, which therefore knows all uploads in progress. A thread for each request.
workers = 1
worker_class = "gthread"
threads = 32
# The heartbeat of threaded workers does not depend on requests: long uploads are not cut.
timeout = 60
graceful_timeout = 3
worker_tmp_dir = "/dev/shm"
