import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createHashingEncoder } from "@faultline/logs";
import { cacheVectors } from "@faultline/logs/encoders";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listModels } from "./list-models.ts";
import { openVectorStore } from "./open-encoder.ts";
import { redisVectors } from "./redis-vectors.ts";

let server: ChildProcess;
let folder: string;
let url: string;

async function freePort(): Promise<number> {
	const probe = createServer().listen(0, "127.0.0.1");
	await once(probe, "listening");
	const address = probe.address();
	probe.close();
	return typeof address === "object" && address !== null ? address.port : 0;
}

beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), "faultline-redis-"));
	const port = await freePort();
	url = `redis://:opensesame@127.0.0.1:${port}`;
	server = spawn("redis-server", ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--requirepass", "opensesame"], {
		cwd: folder,
		stdio: ["ignore", "pipe", "inherit"],
	});
	for await (const chunk of server.stdout ?? []) if (String(chunk).includes("Ready to accept connections")) break;
	server.stdout?.resume();
});
afterAll(async () => {
	server.kill();
	await rm(folder, { recursive: true, force: true });
});

describe("redisVectors", () => {
	it("keeps vectors for every machine, and counts", async () => {
		const texts = ["worker <num> started", "disk is full", ...Array.from({ length: 600 }, (_, i) => `line ${i}`)];
		const encoder = createHashingEncoder({ dimensions: 32 });
		const first = cacheVectors(encoder, { store: redisVectors(url) });
		const vectors = await first.encode(texts);
		expect(first.counts()).toEqual({ memory: 0, store: 0, misses: 602 });
		await first.close?.();
		const second = cacheVectors({ ...encoder, encode: () => expect.fail("it is kept") }, { store: await openVectorStore({ redis: url }) });
		expect(await second.encode(texts)).toEqual(vectors);
		expect(second.counts()).toEqual({ memory: 0, store: 602, misses: 0 });
		await second.close?.();
		const store = redisVectors(url);
		expect(await store.counts()).toEqual(new Map([["hash@1/32", { hits: 602, misses: 602 }]]));
		await store.close();
		const listed = await listModels({ name: "default", folders: [], keep: { redis: url } });
		expect(listed.store).toEqual({ kind: "redis" });
	});

	it("that does not answer, or refuses: vectors are computed, and the password is not told", async () => {
		for (const wrong of [url.replace("opensesame", "wrongword"), `redis://:opensesame@127.0.0.1:${await freePort()}`]) {
			const cached = cacheVectors(createHashingEncoder(), { store: redisVectors(wrong) });
			expect(await cached.encode(["a line"])).toEqual(await createHashingEncoder().encode(["a line"]));
			expect(cached.counts().storeProblem).toContain("does not answer");
			await cached.close?.();
			const { store } = await listModels({ name: "default", folders: [], keep: { redis: wrong } });
			expect(store.problem).toContain("does not answer");
			expect(JSON.stringify([store, cached.counts()])).not.toMatch(/opensesame|wrongword/);
		}
	});
});
