import { randomUUID } from "node:crypto";
import { Redis } from "ioredis";

/** The marketing department's import, which is not part of the shop but was given the same Redis: one profile per visitor, none of which ever expires. */

const [, , url, perSecond] = process.argv;
const redis = new Redis(url, { connectionName: "segment-import" });
redis.on("error", () => undefined);
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function profile() {
	const pages = Array.from({ length: 40 }, () => ({
		page: `/products/${Math.ceil(Math.random() * 1200)}`,
		seconds: Math.round(Math.random() * 90),
		visit: randomUUID(),
	}));
	return JSON.stringify({ pages });
}

for (;;) {
	const writes = Array.from({ length: Math.ceil(Number(perSecond) / 4) }, () => redis.set(`segments:${randomUUID()}`, profile()));
	const results = await Promise.allSettled(writes);
	await pause(results.some((result) => result.status === "rejected") ? 1000 : 250);
}
