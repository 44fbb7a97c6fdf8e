import { closeSync, existsSync, mkdirSync, openSync, readSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Child, startChild } from "./child.ts";
import type { Programs } from "./programs.ts";

export interface NginxOptions {
	programs: Programs;
	folder: string;
	port: number;
	statusPort: number;
	upstreamPort: number;
	/** Lines of the access log, and of the error log. */
	onLine: (line: string) => void;
}

/** nginx numbers each request with 32 hexadecimal digits: they become the trace's id, their first 16 the edge's span id. */
const configuration = ({ folder, port, statusPort, upstreamPort }: NginxOptions): string => `
${process.getuid?.() === 0 ? "user root;" : ""}
worker_processes 1;
daemon off;
pid ${folder}/nginx.pid;
error_log stderr warn;
events { worker_connections 256; }
http {
	client_body_temp_path ${folder}/body;
	proxy_temp_path ${folder}/proxy;
	fastcgi_temp_path ${folder}/fastcgi;
	uwsgi_temp_path ${folder}/uwsgi;
	scgi_temp_path ${folder}/scgi;
	log_format edge '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" '
		'rt=$request_time urt=$upstream_response_time t=$msec rid=$request_id';
	access_log ${folder}/access.log edge;
	set_real_ip_from 127.0.0.1;
	real_ip_header X-Forwarded-For;
	map $request_id $edge_span { "~^(?<half>.{16})" $half; default $request_id; }
	upstream storefront { server 127.0.0.1:${upstreamPort} max_fails=0; keepalive 8; }
	server {
		listen 127.0.0.1:${port};
		server_name shop;
		location / {
			proxy_pass http://storefront;
			proxy_http_version 1.1;
			proxy_set_header Connection "";
			proxy_set_header traceparent 00-$request_id-$edge_span-01;
			proxy_connect_timeout 2s;
			proxy_read_timeout 8s;
		}
	}
	server {
		listen 127.0.0.1:${statusPort};
		access_log off;
		location / { stub_status; }
	}
}
`;

/** Reads what is appended to a file, line by line, until `stop` is called. */
export function followFile(path: string, onLine: (line: string) => void, everyMs = 250): { stop(): void } {
	let offset = 0;
	let rest = "";
	const buffer = Buffer.alloc(256 * 1024);
	const read = (): void => {
		if (!existsSync(path)) return;
		const file = openSync(path, "r");
		for (let n = readSync(file, buffer, 0, buffer.length, offset); n > 0; n = readSync(file, buffer, 0, buffer.length, offset)) {
			offset += n;
			const lines = (rest + buffer.toString("utf8", 0, n)).split("\n");
			rest = lines.pop() ?? "";
			for (const line of lines) onLine(line);
		}
		closeSync(file);
	};
	const timer = setInterval(read, everyMs);
	return {
		stop() {
			clearInterval(timer);
			read();
		},
	};
}

/** An nginx of our own in front of the storefront. */
export function startNginx(options: NginxOptions): Child {
	mkdirSync(options.folder, { recursive: true });
	const file = join(options.folder, "nginx.conf");
	writeFileSync(file, configuration(options));
	const child = startChild({
		command: options.programs.nginx,
		args: ["-p", options.folder, "-e", "stderr", "-c", file],
		cwd: options.folder,
		onLine: options.onLine,
	});
	const follower = followFile(join(options.folder, "access.log"), options.onLine);
	return {
		...child,
		async stop() {
			await child.stop("SIGQUIT", 3000);
			follower.stop();
		},
	};
}
