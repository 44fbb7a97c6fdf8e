import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { FastifyInstance } from "fastify";
import { answerBroken, type FaultMode } from "./faults.ts";

/** One API on one port, which can be broken and mended while it runs. */
export interface Listener {
	url: string;
	fail(mode: FaultMode): Promise<void>;
	close(): Promise<void>;
}

/** Listens on `host`; port 0 takes a free one, and keeps it when the listener is broken with "refuse" and mended. */
export async function listen(app: FastifyInstance, host: string, port: number): Promise<Listener> {
	await app.ready();
	let mode: FaultMode = "ok";
	const make = () =>
		createServer((request, response) => {
			if (mode === "ok" || mode === "refuse") app.routing(request, response);
			else answerBroken(mode, request, response);
		});
	let server = make();
	await bind(server, host, port);
	const bound = (server.address() as AddressInfo).port;
	return {
		url: `http://${host.includes(":") ? `[${host}]` : host}:${bound}`,
		async fail(next) {
			const before = mode;
			mode = next;
			if (next === "refuse") await unbind(server);
			else if (before === "refuse") {
				server = make();
				await bind(server, host, bound);
			}
		},
		async close() {
			await unbind(server);
			await app.close();
		},
	};
}

function bind(server: Server, host: string, port: number): Promise<void> {
	return new Promise((resolve, reject) => {
		server.once("error", reject);
		server.listen(port, host, () => {
			server.off("error", reject);
			resolve();
		});
	});
}

/** Stops at once: connections in use are cut, as when a process dies. */
function unbind(server: Server): Promise<void> {
	return new Promise((resolve) => {
		server.close(() => resolve());
		server.closeAllConnections();
	});
}
