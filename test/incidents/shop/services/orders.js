import { call } from "../kit/call.js";
import { openDatabase } from "../kit/database.js";
import { createLog } from "../kit/log.js";
import { HttpError, serve } from "../kit/service.js";
import { totalOf } from "./orders/totals.js";

const log = createLog("plain");
const db = openDatabase({ max: 4, log });

async function insertOrder(cart, customer, totals) {
	const text = "INSERT INTO orders (cart_id, customer_email, total_cents, state) VALUES ($1, $2, $3, 'pending') RETURNING id";
	const [order] = await db.query("INSERT orders", text, [cart.id, customer.email, totals.totalCents]);
	for (const line of cart.lines) {
		const values = [order.id, line.productId, line.quantity, line.priceCents];
		await db.query(
			"INSERT order_lines",
			"INSERT INTO order_lines (order_id, product_id, quantity, price_cents) VALUES ($1, $2, $3, $4)",
			values,
		);
	}
	return order.id;
}

/** Places an order: reads the cart, stores the order as pending, charges, and marks it paid or declined. */
async function placeOrder({ body }) {
	const cart = await call("cart", "GET", `/carts/${body.cartId}`, { log });
	if (cart.lines.length === 0) throw new HttpError(409, "the cart is empty");
	const totals = totalOf(cart, body.customer);
	const id = await insertOrder(cart, body.customer, totals);
	const charge = await call("payments", "POST", "/charges", {
		body: { orderId: id, amountCents: totals.totalCents },
		timeoutMs: 5000,
		retries: 0,
		log,
	});
	const state = charge.approved ? "paid" : "declined";
	await db.query("UPDATE orders", "UPDATE orders SET state = $2 WHERE id = $1", [id, state]);
	if (state === "paid") await call("cart", "DELETE", `/carts/${cart.id}`, { log });
	log.info(`order ${id} ${state}`, { total_cents: totals.totalCents, lines: cart.lines.length });
	return { id, state, totalCents: totals.totalCents };
}

async function readOrder({ params }) {
	const [order] = await db.query("SELECT orders", "SELECT id, state, total_cents, created_at FROM orders WHERE id = $1", [params.id]);
	if (order === undefined) throw new HttpError(404, `no order ${params.id}`);
	return order;
}

await serve({ log, routes: { "POST /orders": placeOrder, "GET /orders/:id": readOrder }, ready: db.ping, close: db.close });
