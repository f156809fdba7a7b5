#!/bin/sh
# Both start as root, and their workers are www-data.
set -e
php-fpm8.2
exec nginx -g "daemon off;"
