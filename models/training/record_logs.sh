#!/usr/bin/env bash
# Runs real servers on loopback, loads them, breaks them, and keeps what they logged: one <name>.txt.gz a program under the folder given.
# usage: record_logs.sh OUT            as root on Linux; a program that is not installed is left out, and said so
#        RECORD="redis web" record_logs.sh OUT      only these
# All of it runs in process, mount and network namespaces of its own: no signal, no mount and no connection of it reaches what it did not
# start, and all that it started ends with it. Where those cannot be made (a container without CAP_SYS_ADMIN), it refuses.
set -u
if [ "${1:-}" != --inside ]; then
	[ $# -eq 1 ] && [ "${1#-}" = "$1" ] || { echo "usage: record_logs.sh OUT" >&2; exit 2; }
	APART=(unshare --pid --fork --kill-child --mount --mount-proc --net --)
	"${APART[@]}" true || { echo "record_logs.sh: it needs root and namespaces of its own (in a container: --privileged)" >&2; exit 2; }
	OUT=$(mkdir -p "$1" && cd "$1" && pwd) || exit 2
	WORK=$(mktemp -d); chmod 755 "$WORK"; inside=
	trap '[ -z "$inside" ] || kill -KILL "$inside"; wait; rm -rf "$WORK"' EXIT
	trap 'exit 130' INT; trap 'exit 143' TERM HUP
	"${APART[@]}" bash "${BASH_SOURCE[0]}" --inside "$OUT" "$WORK" & inside=$!
	wait "$inside"; code=$?; inside=
	exit "$code"
fi
[ $$ -eq 1 ] || { echo "usage: record_logs.sh OUT" >&2; exit 2; }
OUT=$2; WORK=$3
cd "$WORK" || exit 1
# the loopback interface of a new network namespace is down: SIOCSIFFLAGS, IFF_UP | IFF_RUNNING
python3 -c 'import fcntl, socket, struct; fcntl.ioctl(socket.socket(), 0x8914, struct.pack("16sh22x", b"lo", 0x41))' || exit 1

free_port() { python3 -c 'import socket; s=socket.socket(); s.bind(("127.0.0.1",0)); print(s.getsockname()[1])'; }
# start LOG COMMAND...: in the background, its output added to LOG, its id in $PID
start() { local log=$1; shift; setsid timeout 100 "$@" >>"$log" 2>&1 & PID=$!; sleep "${WAIT:-1}"; }
# once LOG COMMAND...: to its end or ten seconds
once() { local log=$1; shift; timeout 10 "$@" >>"$log" 2>&1; }
quiet() { timeout 20 "$@" >/dev/null 2>&1; }
# stop [SIGNAL]: the last one started, with what it started (its process group)
stop() { kill "-${1:-TERM}" -- "-$PID" 2>/dev/null; sleep 0.5; }
full_disk() { mkdir -p "$WORK/$1" && mount -t tmpfs -o "size=$2" tmpfs "$WORK/$1" 2>/dev/null; }

postgres() {
	local bin; bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | tail -1); [ -n "$bin" ] || return 1
	local port log=$WORK/postgres.txt; port=$(free_port); touch "$log"; chmod 666 "$log"
	full_disk pg 160m; chown postgres "$WORK/pg"; chmod 700 "$WORK/pg"
	once "$log" su postgres -c "$bin/initdb -D $WORK/pg/data -A md5 --pwfile=<(echo right)"
	local run="$bin/postgres -D $WORK/pg/data -p $port -k /tmp -c log_min_messages=debug2 -c log_connections=on -c log_disconnections=on -c log_duration=on -c log_checkpoints=on -c log_lock_waits=on -c log_statement=ddl -c log_autovacuum_min_duration=0 -c autovacuum_naptime=2 -c deadlock_timeout=200ms -c max_connections=12 -c log_temp_files=0 -c work_mem=64kB -c log_replication_commands=on -c wal_level=logical"
	start "$log" su postgres -c "$run"
	export PGPASSWORD=right; local q="psql -h 127.0.0.1 -p $port -U postgres -q"
	quiet $q -c "create table t(id serial primary key, n int unique, s text); insert into t(n,s) select g, md5(g::text) from generate_series(1,40000) g; create user bob with password 'x'; create database shop; create table acct(id int primary key, v int); insert into acct select g,0 from generate_series(1,50) g; vacuum analyze; checkpoint"
	PGPASSWORD=wrong quiet psql -h 127.0.0.1 -p "$port" -U postgres -c 'select 1'; PGPASSWORD=x quiet psql -h 127.0.0.1 -p "$port" -U nobody -d none
	for s in 'select * from missing' 'selec 1' 'select 1/0' "insert into t(n) values (5)" "select 'x'::int" 'drop table nothing' "set statement_timeout=50; select pg_sleep(2)" "select n.x from t" "create table t(id int)" "insert into acct values (1,null),(1,2)" "copy t from '/nowhere'" "select repeat('x', 2000000000)" "select array[1,2][5], lower(3)" "alter table t add constraint c check (n < 100)" "begin; savepoint a; rollback to b" "select pg_terminate_backend(pg_backend_pid())" "select s, count(*) from t group by s order by 2 desc, s limit 5" "create index on t(s)" "select lo_import('/nowhere')" "create extension nothing" "select pg_cancel_backend(1)" "set foo = 1" "select pg_reload_conf()" "notify x, 'y'" "create role bob" "select to_date('x','YYYY')" "lock table acct" "select json '{'" "create function f() returns int language sql as 'select q'" "reindex table t" "truncate missing" "select pg_logical_emit_message(true,'a','b')" "select pg_create_logical_replication_slot('s','nope')" "grant all on missing to bob" "delete from t where id < 3000" "vacuum full t" "cluster t" "analyze missing" "prepare p as select 1; prepare p as select 2" "select generate_series(1,3,0)" "select '2020-13-45'::date" "select 2147483647::int + 1"; do quiet $q -c "$s"; done
	quiet $q -d shop -c "create table o(id int references missing)"
	PGPASSWORD=x quiet psql -h 127.0.0.1 -p "$port" -U bob -d postgres -c 'select * from acct; drop table acct; select pg_read_file($$/etc/passwd$$)'
	(quiet $q -c "begin; update acct set v=1 where id=1; select pg_sleep(.4); update acct set v=1 where id=2; commit" & quiet $q -c "begin; update acct set v=2 where id=2; select pg_sleep(.4); update acct set v=2 where id=1; commit"; wait $!)
	for _ in $(seq 18); do quiet $q -c 'select pg_sleep(1)' & done; sleep 2
	quiet $q -c "create table big as select g, repeat(md5(g::text), 40) s from generate_series(1,120000) g"; quiet $q -c checkpoint
	local postmaster; postmaster=$(head -1 "$WORK/pg/data/postmaster.pid"); kill -9 "$(pgrep -P "$postmaster" | head -1)"; sleep 2
	quiet $q -c 'select count(*) from t'; kill -INT "$postmaster"; sleep 2
	echo 'not a setting' >>"$WORK/pg/data/postgresql.conf"; once "$log" su postgres -c "$run"; sed -i '$d' "$WORK/pg/data/postgresql.conf"
	chmod 755 "$WORK/pg/data"; once "$log" su postgres -c "$run"; chmod 700 "$WORK/pg/data"
	rm -f "$WORK"/pg/data/global/pg_control; once "$log" su postgres -c "$run"; umount -l "$WORK/pg" 2>/dev/null
	return 0
}

redis() {
	command -v redis-server >/dev/null || return 1
	local port log=$WORK/redis.txt r; port=$(free_port); local p2; p2=$(free_port); full_disk rd 1m
	start "$log" redis-server --port "$port" --dir "$WORK/rd" --loglevel debug --maxmemory 3mb --save "1 1" --appendonly yes --requirepass pw --enable-debug-command yes --slowlog-log-slower-than 1; local main=$PID
	r="redis-cli -p $port -a pw --no-auth-warning"
	quiet redis-cli -p "$port" -a wrong ping; for i in $(seq 60); do head -c 60000 /dev/urandom | base64 | timeout 3 $r -x set "k$i" >/dev/null 2>&1; done
	quiet $r bgsave; quiet $r bgrewriteaof; quiet $r config set maxmemory-policy allkeys-lru; quiet $r debug sleep 1; quiet $r eval 'return redis.call("nope")' 0; quiet $r save; quiet $r flushall; quiet $r multi; quiet $r slowlog get; quiet $r client kill type normal; quiet $r acl setuser u; quiet $r config rewrite; quiet $r debug reload
	printf 'POST / HTTP/1.1\r\nHost: x\r\n\r\n' | timeout 2 bash -c "cat >/dev/tcp/127.0.0.1/$port" 2>/dev/null
	start "$log" redis-server --port "$p2" --dir "$WORK" --replicaof "127.0.0.1 $port" --masterauth pw --loglevel debug; sleep 2; local rep=$PID
	PID=$main; stop KILL; sleep 2; PID=$rep; stop TERM
	once "$log" redis-server --port "$port" --dir "$WORK/nowhere"; once "$log" redis-server --port "$port" --nonsense 1; echo broken >"$WORK/rd/dump.rdb" 2>/dev/null; once "$log" timeout 2 redis-server --port "$port" --dir "$WORK/rd" --cluster-enabled yes
	start "$log" redis-server --port "$port" --save "" --dir "$WORK"; quiet redis-cli -p "$port" debug segfault; once "$log" timeout 1 redis-server --port 80000; stop
	umount -l "$WORK/rd" 2>/dev/null
	return 0
}

web() {
	command -v nginx >/dev/null || [ -x /usr/sbin/nginx ] || return 1
	local a b log=$WORK/web.txt; a=$(free_port); b=$(free_port); mkdir -p "$WORK/web/html"; echo hello >"$WORK/web/html/index.html"; mkdir "$WORK/web/html/closed"; chmod 777 "$WORK/web"; touch "$WORK/web/html/secret"; chmod 000 "$WORK/web/html/secret"
	cat >"$WORK/web/nginx.conf" <<-C
		worker_processes 1; error_log $WORK/web/error.log debug; pid $WORK/web/pid; daemon off; worker_rlimit_nofile 40;
		events { worker_connections 24; }
		http { access_log $WORK/web/access.log; limit_req_zone \$binary_remote_addr zone=z:1m rate=5r/s; client_max_body_size 1k; client_body_temp_path $WORK/web/b; proxy_temp_path $WORK/web/p; fastcgi_temp_path $WORK/web/f; uwsgi_temp_path $WORK/web/u; scgi_temp_path $WORK/web/s;
		upstream down { server 127.0.0.1:1; server 127.0.0.1:2; } server { listen 127.0.0.1:$a; root $WORK/web/html; location /down { proxy_pass http://down; } location /slow { limit_req zone=z burst=1; } location /loop { rewrite ^ /loop last; } location /cgi { fastcgi_pass unix:/nowhere; } location /auth { auth_basic x; auth_basic_user_file /nowhere; } location /self { proxy_read_timeout 1s; proxy_pass http://127.0.0.1:$b; } } }
	C
	WAIT=0 start "$log" python3 -m http.server "$b" --bind 127.0.0.1 --directory "$WORK/web/html"
	start "$log" nginx -c "$WORK/web/nginx.conf"
	for path in / /missing /secret /closed/ /down /slow /slow /slow /slow /loop /cgi /auth /self/ /self/none '/%00' '/..%2f..%2fetc/passwd'; do quiet curl -s "http://127.0.0.1:$a$path"; done
	quiet curl -s -d "$(head -c 5000 /dev/zero | tr '\0' x)" "http://127.0.0.1:$a/"; quiet curl -s -H "X: $(head -c 40000 /dev/zero | tr '\0' y)" "http://127.0.0.1:$a/"; printf 'NONSENSE\r\n\r\n' | timeout 2 nc 127.0.0.1 "$a" >/dev/null 2>&1
	for _ in $(seq 40); do timeout 3 bash -c "exec 3<>/dev/tcp/127.0.0.1/$a; sleep 2" 2>/dev/null & done; sleep 1; quiet curl -s "http://127.0.0.1:$a/"; stop HUP; kill -HUP "$PID" 2>/dev/null; stop QUIT; sleep 2
	echo 'listen nonsense;' >"$WORK/web/bad.conf"; once "$log" nginx -c "$WORK/web/bad.conf"; once "$log" nginx -c /nowhere
	sort -u "$WORK/web/error.log" | cut -c1-400 | shuf -n 6000 --random-source=<(yes) >>"$log"; cat "$WORK/web/access.log" >>"$log"
	if command -v haproxy >/dev/null; then
		local h; h=$(free_port); printf 'global\n stats timeout 1s\n log stderr format raw local0\ndefaults\n mode http\n log global\n option httplog\n timeout connect 300ms\n timeout client 1s\n timeout server 1s\nfrontend f\n bind 127.0.0.1:%s\n acl bad path /deny\n http-request deny if bad\n default_backend b\nbackend b\n option httpchk\n server ok 127.0.0.1:%s check inter 300 \n server dead 127.0.0.1:1 check inter 200\n' "$h" "$b" >"$WORK/ha.cfg"
		start "$log" haproxy -f "$WORK/ha.cfg" -V; for path in / /deny /x /y; do quiet curl -s "http://127.0.0.1:$h$path"; done; sleep 1; stop TERM; echo 'nonsense here' >>"$WORK/ha.cfg"; once "$log" haproxy -f "$WORK/ha.cfg"
	fi
	command -v squid >/dev/null && { local s; s=$(free_port); printf 'http_port 127.0.0.1:%s\nacl l src 127.0.0.1\nhttp_access allow l\ncache_log /dev/stderr\ndebug_options ALL,2\npid_filename none\ncache_mem 1 MB\n' "$s" >"$WORK/squid.conf"; WAIT=3 start "$log" squid -N -f "$WORK/squid.conf"; quiet curl -s -x "http://127.0.0.1:$s" "http://127.0.0.1:$b/"; quiet curl -s -x "http://127.0.0.1:$s" http://127.0.0.1:1/; quiet curl -s -x "http://127.0.0.1:$s" http://no.such.invalid/; stop TERM; }
	command -v varnishd >/dev/null && { local v; v=$(free_port); once "$log" timeout 5 varnishd -F -a "127.0.0.1:$v" -b "127.0.0.1:$b" -n "$WORK/varnish" -d; }
	command -v lighttpd >/dev/null && { local l; l=$(free_port); printf 'server.document-root="%s"\nserver.port=%s\nserver.bind="127.0.0.1"\ndebug.log-request-handling="enable"\ndebug.log-request-header="enable"\ndebug.log-file-not-found="enable"\n' "$WORK/web/html" "$l" >"$WORK/l.conf"; start "$log" lighttpd -D -f "$WORK/l.conf"; for path in / /missing /secret; do quiet curl -s "http://127.0.0.1:$l$path"; done; stop TERM; echo nonsense >>"$WORK/l.conf"; once "$log" lighttpd -D -f "$WORK/l.conf"; }
	return 0
}

queues() {
	local log=$WORK/queues.txt p q
	command -v memcached >/dev/null && { p=$(free_port); start "$log" memcached -u nobody -l 127.0.0.1 -p "$p" -m 2 -vvv -c 8; for i in $(seq 30); do printf 'set k%s 0 0 5\r\nhello\r\nget k%s\r\nincr k%s 1\r\nnonsense\r\nset big 0 0 2000000\r\n' "$i" "$i" "$i" | timeout 1 nc -q 0 127.0.0.1 "$p" >/dev/null 2>&1; done; stop TERM; once "$log" memcached -u nobody -p 99999; once "$log" memcached -u nosuchuser; }
	command -v mosquitto >/dev/null && { p=$(free_port); printf 'listener %s 127.0.0.1\nallow_anonymous false\nlog_type all\n' "$p" >"$WORK/m.conf"; start "$log" mosquitto -v -c "$WORK/m.conf"; printf '\x10\x0e\x00\x04MQTT\x04\x02\x00\x3c\x00\x02ab' | timeout 1 nc -q 1 127.0.0.1 "$p" >/dev/null 2>&1; printf 'GET / HTTP/1.0\r\n\r\n' | timeout 1 nc -q 1 127.0.0.1 "$p" >/dev/null 2>&1; stop TERM; once "$log" mosquitto -c /nowhere; }
	command -v nats-server >/dev/null && { p=$(free_port); start "$log" nats-server -a 127.0.0.1 -p "$p" -DV -js -sd "$WORK/nats"; for _ in 1 2 3; do printf 'CONNECT {"verbose":true}\r\nPING\r\nSUB a 1\r\nPUB a 5\r\nhello\r\nNONSENSE\r\n' | timeout 1 nc -q 1 127.0.0.1 "$p" >/dev/null 2>&1; done; stop HUP; stop TERM; once "$log" nats-server -p 99999; once "$log" nats-server -c /nowhere; }
	command -v beanstalkd >/dev/null && { p=$(free_port); start "$log" beanstalkd -l 127.0.0.1 -p "$p" -VVV -b "$WORK"; printf 'put 0 0 9 5\r\nhello\r\nreserve\r\nnonsense\r\ndelete 9\r\n' | timeout 1 nc -q 1 127.0.0.1 "$p" >/dev/null 2>&1; stop TERM; }
	command -v rabbitmq-server >/dev/null && {
		p=$(free_port); q=$(free_port); mkdir -p "$WORK/rabbit"; chmod 777 "$WORK/rabbit"; local e; e="env HOME=$WORK/rabbit RABBITMQ_NODENAME=rec@localhost RABBITMQ_NODE_PORT=$p RABBITMQ_DIST_PORT=$q RABBITMQ_NODE_IP_ADDRESS=127.0.0.1 RABBITMQ_MNESIA_BASE=$WORK/rabbit/m RABBITMQ_LOG_BASE=$WORK/rabbit/l RABBITMQ_LOGS=- RABBITMQ_LOG=debug ERL_EPMD_ADDRESS=127.0.0.1 ERL_EPMD_PORT=$(free_port)"
		echo cookiecookie >"$WORK/rabbit/.erlang.cookie"; chmod 400 "$WORK/rabbit/.erlang.cookie"
		WAIT=18 start "$log" $e /usr/lib/rabbitmq/bin/rabbitmq-server; for _ in 1 2 3; do printf 'GET / HTTP/1.0\r\n\r\n' | timeout 1 nc -q 1 127.0.0.1 "$p" >/dev/null 2>&1; printf 'AMQP\x00\x00\x09\x01' | timeout 1 nc -q 1 127.0.0.1 "$p" >/dev/null 2>&1; done
		for c in 'set_vm_memory_high_watermark 0.0001' 'set_disk_free_limit 900GB' 'add_user u p' 'set_vm_memory_high_watermark 0.4' 'add_vhost v' 'delete_vhost v' 'nonsense' 'stop_app' 'reset' 'start_app'; do once "$log" $e /usr/lib/rabbitmq/bin/rabbitmqctl $c; done; stop TERM; sleep 2; quiet $e epmd -kill; }
	command -v etcd >/dev/null && { p=$(free_port); q=$(free_port); start "$log" etcd --data-dir "$WORK/etcd" --listen-client-urls "http://127.0.0.1:$p" --advertise-client-urls "http://127.0.0.1:$p" --listen-peer-urls "http://127.0.0.1:$q" --initial-advertise-peer-urls "http://127.0.0.1:$q" --initial-cluster "default=http://127.0.0.1:$q,other=http://127.0.0.1:1" --logger zap --log-level debug; sleep 4; stop TERM; rm -rf "$WORK/etcd"
		start "$log" etcd --data-dir "$WORK/etcd" --listen-client-urls "http://127.0.0.1:$p" --advertise-client-urls "http://127.0.0.1:$p" --listen-peer-urls "http://127.0.0.1:$q" --initial-advertise-peer-urls "http://127.0.0.1:$q" --initial-cluster "default=http://127.0.0.1:$q" --logger zap --log-level debug --quota-backend-bytes 200000 --snapshot-count 40; sleep 2
		for i in $(seq 80); do quiet curl -s "http://127.0.0.1:$p/v3/kv/put" -d "{\"key\":\"$(echo k$i | base64)\",\"value\":\"$(head -c 4000 /dev/urandom | base64 -w0)\"}"; done; quiet curl -s "http://127.0.0.1:$p/v3/nothing"; stop KILL; start "$log" etcd --data-dir "$WORK/etcd" --logger zap; stop TERM; once "$log" etcd --data-dir /proc/x; }
	return 0
}

databases() {
	local log=$WORK/databases.txt p
	command -v mariadbd >/dev/null && { p=$(free_port); mkdir -p "$WORK/my"; chown mysql "$WORK/my"; once "$log" timeout 60 mariadb-install-db --user=mysql --datadir="$WORK/my/d"; local c="mariadb -h 127.0.0.1 -P $p --protocol=tcp"
		WAIT=5 start "$log" mariadbd --no-defaults --user=mysql --datadir="$WORK/my/d" --port="$p" --bind-address=127.0.0.1 --socket="$WORK/my/s" --log-warnings=9 --innodb-print-all-deadlocks --max-connections=5 --innodb-status-output; for s in 'select 1' 'create database a; create table a.t(id int primary key) engine=aria; drop table a.t' 'kill 1' 'shutdown'; do quiet mariadb -S "$WORK/my/s" -e "$s"; done; quiet $c -u nobody -pwrong -e 'select 1'; stop KILL; sleep 1
		printf garbage | dd of="$WORK/my/d/ibdata1" conv=notrunc bs=1 seek=100 2>/dev/null; once "$log" mariadbd --no-defaults --user=mysql --datadir="$WORK/my/d" --port="$p" --socket="$WORK/my/s"; once "$log" mariadbd --no-defaults --user=mysql --datadir=/nowhere; once "$log" mariadbd --no-defaults --user=mysql --nonsense; }
	command -v influxd >/dev/null && { WAIT=3 start "$log" influxd; stop TERM; once "$log" influxd -config /nowhere; }
	command -v prometheus >/dev/null && { p=$(free_port); printf 'scrape_configs:\n- job_name: a\n  scrape_interval: 1s\n  static_configs: [{targets: ["127.0.0.1:1"]}]\n' >"$WORK/p.yml"; WAIT=5 start "$log" prometheus --config.file "$WORK/p.yml" --storage.tsdb.path "$WORK/tsdb" --web.listen-address "127.0.0.1:$p" --log.level debug; quiet curl -s "http://127.0.0.1:$p/api/v1/query?query=nope("; stop HUP; stop KILL; start "$log" prometheus --config.file "$WORK/p.yml" --storage.tsdb.path "$WORK/tsdb" --web.listen-address "127.0.0.1:$p"; stop TERM; echo ': nonsense' >>"$WORK/p.yml"; once "$log" prometheus --config.file "$WORK/p.yml"; }
	command -v prometheus-alertmanager >/dev/null && { p=$(free_port); printf 'route: {receiver: a, group_wait: 1s}\nreceivers: [{name: a, webhook_configs: [{url: "http://127.0.0.1:1/"}]}]\n' >"$WORK/a.yml"; WAIT=2 start "$log" prometheus-alertmanager --config.file "$WORK/a.yml" --storage.path "$WORK/am" --web.listen-address "127.0.0.1:$p" --cluster.listen-address= --log.level debug; quiet curl -s "http://127.0.0.1:$p/api/v2/alerts" -H 'content-type: application/json' -d '[{"labels":{"alertname":"x"}}]'; sleep 3; stop TERM; }
	command -v slapd >/dev/null && { p=$(free_port); start "$log" slapd -d 65535 -h "ldap://127.0.0.1:$p/" -F /etc/ldap/slapd.d; printf 'nonsense' | timeout 1 nc -q 1 127.0.0.1 "$p" >/dev/null 2>&1; stop TERM; once "$log" slapd -d 1 -f /nowhere; }
	return 0
}

network() {
	local log=$WORK/network.txt p
	command -v named >/dev/null && { p=$(free_port); printf 'options { directory "%s"; listen-on port %s {127.0.0.1;}; listen-on-v6 {none;}; pid-file none; };\nzone "a.test" { type master; file "nowhere"; };\n' "$WORK" "$p" >"$WORK/n.conf"; start "$log" named -g -d 3 -c "$WORK/n.conf"; quiet dig -p "$p" @127.0.0.1 a.test +time=1 +tries=1; stop TERM; echo 'nonsense;' >>"$WORK/n.conf"; once "$log" named -g -c "$WORK/n.conf"; }
	command -v dnsmasq >/dev/null && { p=$(free_port); start "$log" dnsmasq -d -q -p "$p" --listen-address=127.0.0.1 --bind-interfaces --log-debug --server=127.0.0.1; stop HUP; stop TERM; once "$log" dnsmasq -d -p 99999; }
	command -v unbound >/dev/null && { p=$(free_port); printf 'server:\n interface: 127.0.0.1@%s\n verbosity: 4\n chroot: ""\n username: ""\n use-syslog: no\n directory: "%s"\n' "$p" "$WORK" >"$WORK/u.conf"; start "$log" unbound -d -d -c "$WORK/u.conf"; stop TERM; echo nonsense >>"$WORK/u.conf"; once "$log" unbound -d -c "$WORK/u.conf"; }
	command -v chronyd >/dev/null && { once "$log" timeout 4 chronyd -d -L -1 -x -u root 'server 127.0.0.1 iburst' 'port 0' 'cmdport 0'; }
	command -v prosodyctl >/dev/null && { once "$log" timeout 5 prosody; }
	command -v knotd >/dev/null && { printf 'server:\n listen: 127.0.0.1@%s\n rundir: %s\nlog:\n - target: stderr\n   any: debug\nzone:\n - domain: a.test\n' "$(free_port)" "$WORK" >"$WORK/k.conf"; once "$log" timeout 3 knotd -c "$WORK/k.conf"; }
	command -v docker-registry >/dev/null && { p=$(free_port); printf 'version: 0.1\nlog: {level: debug}\nstorage: {filesystem: {rootdirectory: %s/reg}}\nhttp: {addr: "127.0.0.1:%s"}\n' "$WORK" "$p" >"$WORK/r.yml"; start "$log" docker-registry serve "$WORK/r.yml"; for path in / /v2/ /v2/x/manifests/y /v2/x/blobs/z; do quiet curl -s "http://127.0.0.1:$p$path"; done; stop TERM; once "$log" docker-registry serve /nowhere; }
	command -v stunnel >/dev/null && { printf 'foreground=yes\ndebug=7\npid=\n[a]\nclient=yes\naccept=127.0.0.1:%s\nconnect=127.0.0.1:1\n' "$(free_port)" >"$WORK/s.conf"; once "$log" timeout 3 stunnel "$WORK/s.conf"; }
	command -v privoxy >/dev/null && { printf 'listen-address 127.0.0.1:%s\ndebug 65535\n' "$(free_port)" >"$WORK/x.conf"; once "$log" timeout 3 privoxy --no-daemon "$WORK/x.conf"; }
	command -v snmpd >/dev/null && once "$log" timeout 4 snmpd -f -Le -DALL "udp:127.0.0.1:$(free_port)"
	command -v freeradius >/dev/null && once "$log" timeout 6 freeradius -fxx -l stdout -i 127.0.0.1 -p "$(free_port)"
	command -v monit >/dev/null && { printf 'set daemon 1\nset httpd port %s\ncheck process a with pidfile /nowhere\n if does not exist then alert\ncheck host b with address 127.0.0.1\n if failed port 1 then alert\n' "$(free_port)" >"$WORK/monitrc"; chmod 600 "$WORK/monitrc"; once "$log" timeout 6 monit -I -vv -c "$WORK/monitrc"; }
	command -v openssl >/dev/null && { p=$(free_port); once "$log" openssl req -x509 -newkey rsa:2048 -nodes -keyout "$WORK/key" -out "$WORK/crt" -subj /CN=x -days 1; start "$log" openssl s_server -port "$p" -key "$WORK/key" -cert "$WORK/crt" -state -debug; echo | once "$log" openssl s_client -connect "127.0.0.1:$p" -state; once "$log" curl -sv "https://127.0.0.1:$p/"; stop TERM; }
	once "$log" curl -v http://127.0.0.1:1/; once "$log" curl -v http://no.such.invalid/; once "$log" curl -v ftp://127.0.0.1:1/; once "$log" rsync -vvv "$WORK/n.conf" "$WORK/copy"; once "$log" rsync -vvv /nowhere "$WORK/copy"; once "$log" git -C "$WORK" clone http://127.0.0.1:1/x.git; once "$log" tar tf /nowhere; once "$log" gcc /nowhere.c; once "$log" unzip /nowhere
	dmesg >>"$log" 2>/dev/null; for f in /var/log/dpkg.log /var/log/apt/history.log /var/log/apt/term.log; do [ -r "$f" ] && tail -n 3000 "$f" >>"$log"; done
	command -v strace >/dev/null && { echo 'int main(){*(int*)0=1;}' >"$WORK/c.c"; gcc -o "$WORK/c" "$WORK/c.c" 2>/dev/null && once "$log" "$WORK/c"; LD_DEBUG=all timeout 3 true 2>>"$log"; }
	return 0
}

java_programs() {
	command -v java >/dev/null || return 1
	local log=$WORK/java.txt
	cat >"$WORK/Load.java" <<-'J'
		import java.util.*; import java.util.concurrent.*; import java.util.logging.*; import java.net.*; import java.net.http.*; import com.sun.net.httpserver.*; import java.nio.file.*; import java.sql.*;
		public class Load { public static void main(String[] a) throws Exception { Logger root = Logger.getLogger(""); root.setLevel(Level.ALL); for (Handler h : root.getHandlers()) h.setLevel(Level.ALL);
		Logger l = Logger.getLogger("app"); HttpServer s = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0); s.createContext("/", x -> { if (x.getRequestURI().getPath().length() > 4) throw new IllegalStateException("no"); x.sendResponseHeaders(200, -1); x.close(); }); s.start();
		HttpClient c = HttpClient.newBuilder().connectTimeout(java.time.Duration.ofSeconds(1)).build(); for (String p : new String[] {"/", "/a", "/longer", "/b"}) try { l.info("status " + c.send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + s.getAddress().getPort() + p)).build(), HttpResponse.BodyHandlers.ofString()).statusCode()); } catch (Exception e) { l.log(Level.SEVERE, "request failed", e); }
		List<Callable<?>> bad = List.of(() -> c.send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:1/")).build(), HttpResponse.BodyHandlers.ofString()), () -> Files.readString(Path.of("/nowhere")), () -> Class.forName("no.Such"), () -> DriverManager.getConnection("jdbc:none"), () -> Integer.parseInt("x"), () -> new ArrayList<>().get(3), () -> Map.of().entrySet().iterator().next(), () -> InetAddress.getByName("no.such.invalid"), () -> new Socket("127.0.0.1", 1), () -> Executors.newFixedThreadPool(1).submit(() -> { throw new RuntimeException("inner"); }).get(), () -> (Object) ((String) (Object) 3), () -> javax.crypto.Cipher.getInstance("none"), () -> javax.management.ObjectName.getInstance("x"), () -> new java.util.zip.ZipFile("/etc/passwd"), () -> java.time.Instant.parse("x"), () -> java.util.regex.Pattern.compile("("), () -> { byte[][] b = new byte[9999][]; for (int i = 0; ; i++) b[i] = new byte[9_000_000]; });
		for (Callable<?> b : bad) try { b.call(); } catch (Throwable e) { l.log(Level.SEVERE, e.getClass().getSimpleName(), e); } System.exit(3); } }
	J
	once "$log" timeout 40 java -Xmx64m -Xlog:all=debug:stdout:time,level,tags "$WORK/Load.java"
	timeout 40 java -Xmx48m -XX:+HeapDumpOnOutOfMemoryError -XX:HeapDumpPath="$WORK/h" -Djavax.net.debug=all "$WORK/Load.java" >>"$log" 2>&1
	once "$log" java -jar /nowhere.jar; once "$log" java -Xmx1x Nothing; once "$log" java -cp "$WORK" Nothing
	sort -u "$log" | shuf -n 30000 --random-source=<(yes) >"$log.some"; mv "$log.some" "$log"
	local tomcat; tomcat=$(command -v tomcat10-instance-create) && { "$tomcat" -p "$(free_port)" -c "$(free_port)" "$WORK/tomcat" >/dev/null 2>&1; printf 'handlers=java.util.logging.ConsoleHandler\n.level=FINE\njava.util.logging.ConsoleHandler.level=FINE\n' >"$WORK/tomcat/conf/logging.properties"; once "$log" timeout 12 "$WORK/tomcat/bin/catalina.sh" run; echo '<bad' >"$WORK/tomcat/conf/server.xml"; once "$log" timeout 5 "$WORK/tomcat/bin/catalina.sh" run; }
	command -v chromium >/dev/null && { once "$WORK/browser.txt" timeout 9 chromium --headless --no-sandbox --disable-gpu --enable-logging=stderr --v=2 --dump-dom http://127.0.0.1:1/; once "$WORK/browser.txt" timeout 9 chromium --headless --no-sandbox --enable-logging=stderr --v=1 --dump-dom 'data:text/html,<script>console.error("x");null.y</script>'; }
	return 0
}

for name in ${RECORD:-postgres redis web queues databases network java_programs}; do
	echo "{\"stage\":\"record\",\"program\":\"$name\"}" >&2
	"$name" || echo "{\"stage\":\"record\",\"program\":\"$name\",\"left_out\":true}" >&2
done
for f in "$WORK"/*.txt; do
	[ -s "$f" ] && tr -d '\000' <"$f" | cut -c1-600 | awk 'length > 3 && n[$0]++ < 3' | head -n 60000 | gzip -9n >"$OUT/$(basename "$f").gz"
done
