import { openRedis } from "../kit/cache.js";
import { call } from "../kit/call.js";
import { createLog } from "../kit/log.js";
import { HttpError, serve } from "../kit/service.js";
import { watchSettings } from "../kit/settings.js";

const log = createLog("json");
const redis = openRedis({ log });
const settings = watchSettings("cart.json", log);

async function store(name, ...args) {
	try {
		return await redis.command(name, ...args);
	} catch (error) {
		throw new HttpError(500, `cart store ${name} failed`, { cause: error });
	}
}

async function readCart({ params }) {
	const flat = await store("HGETALL", `cart:${params.id}`);
	const lines = [];
	for (let i = 0; i < flat.length; i += 2) lines.push(JSON.parse(flat[i + 1]));
	return { id: params.id, lines, totalCents: lines.reduce((sum, line) => sum + line.quantity * line.priceCents, 0) };
}

async function addLine({ params, body, log: logger }) {
	const key = `cart:${params.id}`;
	const { prices } = await call("catalog", "POST", "/prices", { body: { ids: [body.productId] }, log });
	const product = prices[0];
	if (product === undefined) throw new HttpError(404, `no product ${body.productId}`);
	if ((await store("HLEN", key)) >= settings().maxLines) throw new HttpError(409, "the cart is full");
	const line = { productId: product.id, name: product.name, quantity: body.quantity ?? 1, priceCents: product.price_cents };
	await store("HSET", key, String(product.id), JSON.stringify(line));
	await store("EXPIRE", key, settings().ttlSeconds);
	logger.info("line added", { cartId: params.id, productId: product.id, quantity: line.quantity });
	return line;
}

async function clearCart({ params }) {
	await store("DEL", `cart:${params.id}`);
	return {};
}

await serve({
	log,
	routes: { "GET /carts/:id": readCart, "POST /carts/:id/lines": addLine, "DELETE /carts/:id": clearCart },
	ready: redis.ping,
	close: redis.close,
});
