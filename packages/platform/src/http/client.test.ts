import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { AppError } from "@faultline/contracts";
import { afterEach, describe, expect, it } from "vitest";
import { createRequestQueue } from "../resilience/request-queue.ts";
import type { HttpClientOptions } from "./client.ts";
import { createHttpClient } from "./client.ts";
import { httpStatusOf, parseRetryAfter } from "./failure.ts";

const TOKEN = "token-abcdef-123456";
const UPSTREAM_TEXT = "the upstream says so";
const closers: Array<() => Promise<void>> = [];

interface Upstream {
	url: string;
	seen: IncomingMessage[];
	abandoned(): number;
}

/** A real server; `answers` are used in turn, the last one for ever. */
async function upstream(...answers: Array<(response: ServerResponse, request: IncomingMessage) => void>): Promise<Upstream> {
	const seen: IncomingMessage[] = [];
	let abandoned = 0;
	const server = createServer((request, response) => {
		seen.push(request);
		response.on("close", () => {
			if (!response.writableEnded) abandoned += 1;
		});
		answers[Math.min(seen.length, answers.length) - 1]?.(response, request);
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	closers.push(async () => {
		server.closeAllConnections();
		await new Promise((resolve) => server.close(resolve));
	});
	return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen, abandoned: () => abandoned };
}

const status =
	(code: number, headers: Record<string, string> = {}) =>
	(response: ServerResponse) =>
		void response.writeHead(code, headers).end(JSON.stringify({ detail: UPSTREAM_TEXT }));
const json = (value: unknown) => (response: ServerResponse) =>
	void response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(value));

const client = (baseUrl: string, options: Partial<HttpClientOptions> = {}) =>
	createHttpClient({ source: "acme", baseUrl, headers: { authorization: `Bearer ${TOKEN}` }, backoffMs: 1, ...options });

async function failure(call: Promise<unknown>): Promise<AppError> {
	const thrown = await call.then(
		() => undefined,
		(error: unknown) => error,
	);
	if (!(thrown instanceof AppError)) throw new Error(`expected an AppError, got ${String(thrown)}`);
	expect(`${thrown.message} ${thrown.hint}`).not.toContain(TOKEN);
	expect(`${thrown.message} ${thrown.hint}`).not.toContain(UPSTREAM_TEXT);
	return thrown;
}

afterEach(async () => {
	await Promise.all(closers.splice(0).map(async (close) => await close()));
});

describe("an answer", () => {
	it("is JSON, with the base path kept, lists repeated and credentials sent", async () => {
		const { url, seen } = await upstream(json({ a: 1 }));
		const reply = await client(`${url}/sub/`).get("/api/x?fixed=1", { query: { tag: ["a", "b"], n: 2, none: undefined } });
		expect(reply).toMatchObject({ status: 200, body: { a: 1 } });
		expect(seen[0]?.url).toBe("/sub/api/x?fixed=1&tag=a&tag=b&n=2");
		expect(seen[0]?.headers.authorization).toBe(`Bearer ${TOKEN}`);
	});

	it("gets a name and password of the base URL as a login, unless there is another", async () => {
		const { url, seen } = await upstream(json({}));
		const baseUrl = url.replace("://", "://admin:p%40ss@");
		await createHttpClient({ source: "acme", baseUrl }).get("/");
		await client(baseUrl).get("/");
		expect(seen.map(({ headers }) => headers.authorization)).toEqual([
			`Basic ${Buffer.from("admin:p@ss").toString("base64")}`,
			`Bearer ${TOKEN}`,
		]);
		expect(client(baseUrl).baseUrl).toBe(url);
		await createHttpClient({ source: "acme", baseUrl: url.replace("://", "://u:100%@") }).get("/");
		expect(seen.at(-1)?.headers.authorization).toBe(`Basic ${Buffer.from("u:100%").toString("base64")}`);
	});

	it("may be empty, or text where that was asked for", async () => {
		const { url } = await upstream(
			(response) => response.writeHead(204).end(),
			(response) => response.end("plain"),
		);
		expect((await client(url).get("/")).body).toBeUndefined();
		expect((await client(url).get("/", { as: "text" })).body).toBe("plain");
	});

	it("to a POST gets its body as JSON", async () => {
		let body = "";
		const { url, seen } = await upstream((response, request) => {
			request.on("data", (chunk: Buffer) => {
				body += chunk.toString();
			});
			request.on("end", () => json({ ok: true })(response));
		});
		await client(url).post("/q", { from: 1 });
		expect(seen[0]?.method).toBe("POST");
		expect(JSON.parse(body)).toEqual({ from: 1 });
	});

	it("of an accepted status is no failure", async () => {
		const { url } = await upstream(status(404));
		expect((await client(url).get("/none", { accept: [404] })).status).toBe(404);
	});

	it("follows a redirect on the same host, and refuses to carry credentials to another", async () => {
		const other = await upstream(json({}));
		const { url } = await upstream(
			(response) => response.writeHead(302, { location: "/there" }).end(),
			json({ here: true }),
			(response) => response.writeHead(302, { location: `${other.url}/login` }).end(),
		);
		expect((await client(url).get("/")).body).toEqual({ here: true });
		expect((await failure(client(url).get("/"))).code).toBe("BAD_RESPONSE");
		expect(other.seen).toHaveLength(0);
		expect((await failure(client(url).get(`${other.url}/next`))).code).toBe("BAD_RESPONSE");
		expect(other.seen).toHaveLength(0);
	});
});

describe("a failure", () => {
	it.each([
		[400, "BAD_INPUT"],
		[401, "UNAUTHORIZED"],
		[403, "FORBIDDEN"],
		[404, "NOT_FOUND"],
		[410, "NOT_FOUND"],
		[408, "TIMEOUT"],
		[418, "BAD_RESPONSE"],
		[422, "BAD_INPUT"],
		[429, "RATE_LIMITED"],
		[500, "UNAVAILABLE"],
		[503, "UNAVAILABLE"],
	])("of status %d is %s, with a hint and the status as data", async (code, expected) => {
		const { url } = await upstream(status(code));
		const error = await failure(client(url, { retries: 0 }).get("/api/secret?token=q-secret-1"));
		expect(error.code).toBe(expected);
		expect(error.message).toContain("acme");
		expect(error.hint).toBeTruthy();
		expect(error.message).not.toContain("q-secret-1");
		expect(httpStatusOf(error)).toBe(code);
	});

	it("says what the source knows better", async () => {
		const { url } = await upstream(status(403));
		expect((await failure(client(url, { hints: { FORBIDDEN: "add scope event:read" } }).get("/"))).hint).toBe("add scope event:read");
	});

	it("of the network is UNAVAILABLE, retried and then told", async () => {
		const { url, seen } = await upstream((response) => void response.destroy());
		const error = await failure(client(url).get("/"));
		expect(error.code).toBe("UNAVAILABLE");
		expect(seen.length).toBe(3);
		await Promise.all(closers.splice(0).map(async (close) => await close()));
		expect(await failure(client(url, { retries: 0 }).get("/"))).toMatchObject({
			code: "UNAVAILABLE",
			hint: expect.stringContaining("port"),
		});
	});

	it("to resolve the name says so", async () => {
		const error = await failure(client("http://no-such-host.invalid", { retries: 0 }).get("/"));
		expect(error).toMatchObject({ code: "UNAVAILABLE", message: expect.stringContaining("resolved") });
	});

	it("to answer in time is TIMEOUT, headers or body alike, and the connection is dropped", async () => {
		const hang = await upstream(() => undefined);
		expect((await failure(client(hang.url, { timeoutMs: 50, retries: 0 }).get("/"))).code).toBe("TIMEOUT");
		const half = await upstream((response) => void response.writeHead(200).write('{"a":'));
		expect((await failure(client(half.url, { timeoutMs: 50, retries: 0 }).get("/"))).code).toBe("TIMEOUT");
		await expect.poll(() => hang.abandoned() + half.abandoned()).toBe(2);
	});

	it("to be JSON is BAD_RESPONSE, and a web page is called one", async () => {
		const { url } = await upstream(
			(response) => response.end("{"),
			(response) => response.writeHead(200, { "content-type": "text/html" }).end(`<html>${UPSTREAM_TEXT}`),
		);
		expect((await failure(client(url).get("/"))).code).toBe("BAD_RESPONSE");
		expect(await failure(client(url).get("/"))).toMatchObject({ code: "BAD_RESPONSE", message: expect.stringContaining("web page") });
	});

	it("to be of bearable size is BAD_RESPONSE, told or untold", async () => {
		const big = "x".repeat(5000);
		const { url } = await upstream(json(big), (response) => {
			response.writeHead(200, { "transfer-encoding": "chunked" });
			response.write(big);
			response.end(big);
		});
		expect((await failure(client(url, { maxBytes: 4096 }).get("/"))).message).toContain("4 KiB");
		expect((await failure(client(url, { maxBytes: 4096 }).get("/"))).message).toContain("4 KiB");
	});

	it("of the configuration is BAD_CONFIG without the text of the URL", () => {
		const url = "ftp://user:hunter2@host";
		expect(() => client(url)).toThrowError(
			expect.objectContaining({ code: "BAD_CONFIG", message: expect.not.stringContaining("hunter2") }),
		);
		expect(() => client("not a url hunter2")).toThrowError(
			expect.objectContaining({ code: "BAD_CONFIG", message: expect.not.stringContaining("hunter2") }),
		);
	});

	it("never shows credentials that stood in the base URL", async () => {
		const { url } = await upstream(status(500));
		const error = await failure(client(url.replace("://", "://admin:hunter2@"), { retries: 0 }).get("/"));
		expect(error.message).not.toContain("hunter2");
	});
});

describe("retries", () => {
	it.each([429, 502, 503, 504])("repeat a GET that got %d", async (code) => {
		const { url, seen } = await upstream(status(code), json({ ok: true }));
		expect((await client(url).get("/")).body).toEqual({ ok: true });
		expect(seen).toHaveLength(2);
	});

	it.each([400, 401, 403, 404, 500])("do not repeat a GET that got %d", async (code) => {
		const { url, seen } = await upstream(status(code));
		await failure(client(url).get("/"));
		expect(seen).toHaveLength(1);
	});

	it("do not repeat a POST, unless it only asks", async () => {
		const { url, seen } = await upstream(status(503), status(503), json({}));
		await failure(client(url).post("/", {}));
		expect(seen).toHaveLength(1);
		await client(url).post("/", {}, { idempotent: true });
		expect(seen).toHaveLength(3);
	});

	it("wait as long as Retry-After says, and give up at once where that is too long", async () => {
		const { url, seen } = await upstream(status(429, { "retry-after": "0.2" }), json({}), status(429, { "retry-after": "120" }));
		const began = performance.now();
		await client(url).get("/");
		// a lower bound: the pause was kept; how much longer it took does not matter
		expect(performance.now() - began).toBeGreaterThanOrEqual(195);
		const error = await failure(client(url).get("/"));
		expect(error).toMatchObject({ code: "RATE_LIMITED", retryAfterMs: 120_000 });
		expect(seen).toHaveLength(3);
	});

	it("read Retry-After as seconds or a date", () => {
		const now = Date.parse("2026-06-19T09:00:00Z");
		expect(parseRetryAfter("3", now)).toBe(3000);
		expect(parseRetryAfter("Fri, 19 Jun 2026 09:00:05 GMT", now)).toBe(5000);
		expect(parseRetryAfter("Fri, 19 Jun 2026 08:00:00 GMT", now)).toBe(0);
		expect(parseRetryAfter("soon", now)).toBeUndefined();
		expect(parseRetryAfter(null, now)).toBeUndefined();
	});
});

describe("cancelling", () => {
	it("drops the request upstream at once", async () => {
		const hang = await upstream(() => undefined);
		const controller = new AbortController();
		const call = failure(client(hang.url).get("/", { signal: controller.signal }));
		await expect.poll(() => hang.seen.length).toBe(1);
		controller.abort();
		expect((await call).code).toBe("CANCELLED");
		await expect.poll(() => hang.abandoned()).toBe(1);
	});

	it("ends the pause between attempts, and no attempt follows", async () => {
		const { url, seen } = await upstream(status(503));
		const controller = new AbortController();
		const call = failure(client(url, { backoffMs: 3_600_000 }).get("/", { signal: controller.signal }));
		await expect.poll(() => seen.length).toBe(1);
		controller.abort();
		expect((await call).code).toBe("CANCELLED");
		expect(seen).toHaveLength(1);
	});

	it("before the start sends nothing", async () => {
		const { url, seen } = await upstream(json({}));
		expect((await failure(client(url).get("/", { signal: AbortSignal.abort() }))).code).toBe("CANCELLED");
		expect(seen).toHaveLength(0);
	});
});

describe("a queue", () => {
	it("keeps requests within its concurrency", async () => {
		let running = 0;
		let most = 0;
		const { url } = await upstream((response) => {
			running += 1;
			most = Math.max(most, running);
			setTimeout(() => {
				running -= 1;
				json({})(response);
			}, 5);
		});
		const acme = client(url, { queue: createRequestQueue({ concurrency: 2 }) });
		await Promise.all(Array.from({ length: 8 }, async () => await acme.get("/")));
		expect(most).toBe(2);
	});
});
