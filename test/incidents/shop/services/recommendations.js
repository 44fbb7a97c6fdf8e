import { openRedis } from "../kit/cache.js";
import { call } from "../kit/call.js";
import { createLog } from "../kit/log.js";
import { serve } from "../kit/service.js";
import { watchSettings } from "../kit/settings.js";

const log = createLog("plain");
const redis = openRedis({ log });
const settings = watchSettings("recommendations.json", log);
const flags = watchSettings("flags.json", log);

function choose(products) {
	const ranked = flags()["recommendations.popular-first"] ? products.toSorted((a, b) => a.stock - b.stock) : products;
	return ranked.slice(0, settings().listSize).map(({ id, name }) => ({ id, name }));
}

/** The list of a category: from the cache where it is there, else made from the catalog and cached. */
async function recommend({ params }) {
	const key = `recommendations:${params.category}`;
	const cached = await redis.command("GET", key).catch((error) => log.warn(`cache read failed: ${error.message}`, { key }));
	if (cached) return { category: params.category, items: JSON.parse(cached) };
	const { products } = await call("catalog", "GET", `/products?category=${params.category}`, { log });
	const items = choose(products);
	await redis
		.command("SET", key, JSON.stringify(items), "EX", settings().cacheSeconds)
		.catch((error) => log.warn(`cache write failed: ${error.message}`, { key }));
	return { category: params.category, items };
}

await serve({
	log,
	routes: { "GET /recommendations/:category": recommend },
	describe: (logger, { path, durationMs }) => logger.info(`served ${path} in ${durationMs} ms`),
	ready: redis.ping,
	close: redis.close,
});
