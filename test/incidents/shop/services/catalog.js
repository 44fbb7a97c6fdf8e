import { openDatabase } from "../kit/database.js";
import { createLog } from "../kit/log.js";
import { HttpError, serve } from "../kit/service.js";

const log = createLog("logfmt");
const db = openDatabase({ max: 5, log });
const COLUMNS = "id, name, category, price_cents, stock";

async function listProducts({ query }) {
	const category = query.get("category") ?? "tea";
	const rows = await db.query("SELECT products", `SELECT ${COLUMNS} FROM products WHERE category = $1 ORDER BY id LIMIT 12`, [category]);
	return { category, products: rows };
}

async function getProduct({ params }) {
	const [row] = await db.query("SELECT products", `SELECT ${COLUMNS}, description FROM products WHERE id = $1`, [params.id]);
	if (row === undefined) throw new HttpError(404, `no product ${params.id}`);
	const [rating] = await db.query(
		"SELECT reviews",
		"SELECT count(*)::int AS n, avg(stars)::float AS stars FROM reviews WHERE product_id = $1",
		[params.id],
	);
	return { ...row, rating };
}

async function searchProducts({ query }) {
	const words = query.get("q") ?? "";
	const text = `SELECT ${COLUMNS} FROM products WHERE to_tsvector('english', name || ' ' || description) @@ plainto_tsquery('english', $1) LIMIT 10`;
	return { query: words, products: await db.query("SELECT products", text, [words]) };
}

async function getPrices({ body }) {
	return { prices: await db.query("SELECT products", "SELECT id, name, price_cents FROM products WHERE id = ANY($1::int[])", [body.ids]) };
}

await serve({
	log,
	routes: {
		"GET /products": listProducts,
		"GET /products/:id": getProduct,
		"GET /search": searchProducts,
		"POST /prices": getPrices,
	},
	describe: (logger, { method, path, status, durationMs }) => logger.info("request", { method, path, status, dur_ms: durationMs }),
	ready: db.ping,
	close: db.close,
});
