import { createServer, type Server } from "node:http";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openSlowLink, type SlowLink } from "./slow-link.ts";

let far: Server;
let link: SlowLink;
beforeEach(async () => {
	far = createServer((request, response) => response.end(`got ${request.url}`));
	await new Promise<void>((resolve) => far.listen(0, "127.0.0.1", resolve));
	const address = far.address();
	link = await openSlowLink(address !== null && typeof address === "object" ? address.port : 0);
});
afterEach(async () => {
	await link.close();
	far.closeAllConnections();
	await new Promise((resolve) => far.close(resolve));
});

const get = async (path: string): Promise<string> =>
	(await fetch(`http://127.0.0.1:${link.port}${path}`, { headers: { connection: "close" } })).text();

it("passes what it is given", async () => {
	expect(await get("/one")).toBe("got /one");
});

it("holds chunks back in each direction", async () => {
	link.delay(120, 140);
	const started = performance.now();
	expect(await get("/two")).toBe("got /two");
	expect(performance.now() - started).toBeGreaterThan(235);
});

it("breaks one connection, and only that", async () => {
	link.breakNext();
	await expect(get("/three")).rejects.toThrow();
	expect(await get("/four")).toBe("got /four");
});
