import { createServer } from "node:http";
import { environment } from "./environment.config.js";
import { observeRequest, scrape } from "./requests.js";
import { flushSpans, withSpan } from "./trace.js";

/** An answer other than 200 that the caller is to see. 4xx are the caller's doing, 5xx ours. */
export class HttpError extends Error {
	constructor(status, message, options) {
		super(message, options);
		this.name = "HttpError";
		this.status = status;
	}
}

const pattern = (path) => new RegExp(`^${path.replace(/:(\w+)/g, "(?<$1>[^/]+)")}$`);

async function readBody(request) {
	let text = "";
	for await (const chunk of request) text += chunk;
	return text === "" ? undefined : JSON.parse(text);
}

/** The message with those of its causes: what a reader of the log needs to see. */
export const explain = (error) =>
	error.cause instanceof Error ? `${error.message}: ${explain(error.cause)}` : error.message || error.code;

async function answer(routes, request, log) {
	const url = new URL(request.url, "http://shop");
	const found = routes.find((route) => route.method === request.method && route.path.test(url.pathname));
	if (found === undefined) throw new HttpError(404, `no route for ${request.method} ${url.pathname}`);
	const params = found.path.exec(url.pathname).groups ?? {};
	return found.handle({ params, query: url.searchParams, body: await readBody(request), headers: request.headers, log });
}

function failure(error, request, log) {
	const status = error.status ?? 500;
	const fields = { method: request.method, path: request.url, status };
	if (status >= 500) log.error(explain(error), error.status === undefined ? { ...fields, stack: error.stack } : fields);
	else log.warn(error.message, fields);
	return { status, body: { error: status >= 500 ? "internal error" : error.message } };
}

function listener(routes, log, describe) {
	return async (request, response) => {
		const started = performance.now();
		const path = request.url.split("?")[0];
		const route = routes.find((r) => r.method === request.method && r.path.test(path))?.name ?? request.method;
		const attributes = { "span.kind": "server", "http.request.method": request.method, "url.path": path };
		const run = async (span) => {
			const result = await answer(routes, request, log).then(
				(body) => ({ status: 200, body }),
				(error) => {
					if ((error.status ?? 500) >= 500) Object.assign(span, { status: "ERROR" }).attributes["exception.message"] = explain(error);
					return failure(error, request, log);
				},
			);
			span.attributes["http.response.status_code"] = result.status;
			response.writeHead(result.status, { "content-type": "application/json" }).end(JSON.stringify(result.body ?? {}));
			const durationMs = Math.round((performance.now() - started) * 10) / 10;
			observeRequest(durationMs, result.status >= 500);
			if (result.status < 400) describe?.(log, { method: request.method, path, status: result.status, durationMs });
		};
		await withSpan(route, attributes, run, request.headers.traceparent);
	};
}

/** Health and figures, on a port of the instance's own, so that two instances can share the service's port during a rollout. */
async function openAdmin(ready) {
	const admin = createServer(async (request, response) => {
		if (request.url === "/metrics") return response.end(JSON.stringify(scrape()));
		const problem = await ready().then(
			() => undefined,
			(error) => explain(error),
		);
		return response.writeHead(problem === undefined ? 200 : 503).end(problem ?? "ok");
	});
	await new Promise((resolve) => admin.listen(0, "127.0.0.1", resolve));
	return admin.address().port;
}

/**
 * Serves `routes` ({"GET /things/:id": handler}) until SIGTERM, which drains. `describe` writes the line of a request that
 * went well; `ready` throws while the service cannot work; `close` lets go of what it holds.
 */
export async function serve({ routes, log, describe, ready = async () => undefined, close = async () => undefined }) {
	const table = Object.entries(routes).map(([name, handle]) => {
		const [method, path] = name.split(" ");
		return { name, method, path: pattern(path), handle };
	});
	const server = createServer(listener(table, log, describe));
	server.keepAliveTimeout = 30_000;
	await new Promise((resolve) => server.listen({ port: environment.port, host: "127.0.0.1", reusePort: true }, resolve));
	const adminPort = await openAdmin(ready);
	log.info(`listening on ${environment.port}`, { version: environment.version });
	process.on("SIGINT", () => undefined);
	process.once("SIGTERM", async () => {
		log.info("SIGTERM received, draining");
		setInterval(() => server.closeIdleConnections(), 100).unref();
		server.close(async () => {
			await flushSpans();
			await close().catch(() => undefined);
			process.exit(0);
		});
		setTimeout(() => process.exit(0), 4000).unref();
	});
	process.send?.({ adminPort });
	process.on("disconnect", () => process.exit(0));
}
