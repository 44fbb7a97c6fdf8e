import { call } from "../kit/call.js";
import { openDatabase } from "../kit/database.js";
import { createLog } from "../kit/log.js";
import { serve } from "../kit/service.js";
import { watchSettings } from "../kit/settings.js";
import { describeCharge } from "./payments/receipt.js";

const log = createLog("json");
const db = openDatabase({ max: 3, log });
const settings = watchSettings("payments.json", log);

/** Charges an order once: a charge that is already approved is answered as it is. */
async function charge({ body, log: logger }) {
	const started = performance.now();
	const [earlier] = await db.query("SELECT charges", "SELECT id FROM charges WHERE order_id = $1 AND state = 'approved'", [body.orderId]);
	if (earlier !== undefined) return { id: earlier.id, approved: true };
	const request = { reference: `order-${body.orderId}`, amountCents: body.amountCents, currency: settings().currency };
	const reply = await call("acquirer", "POST", "/authorize", {
		body: request,
		timeoutMs: settings().acquirerTimeoutMs,
		retries: 1,
		log: logger,
	});
	const state = reply.approved ? "approved" : "declined";
	const text = "INSERT INTO charges (order_id, amount_cents, state, authorization_code) VALUES ($1, $2, $3, $4) RETURNING id";
	const [row] = await db.query("INSERT charges", text, [body.orderId, body.amountCents, state, reply.authorization ?? null]);
	const durationMs = Math.round(performance.now() - started);
	logger.info(`charge ${state}`, { ...describeCharge({ id: row.id, ...body }), reason: reply.reason, durationMs });
	return { id: row.id, approved: reply.approved };
}

await serve({ log, routes: { "POST /charges": charge }, ready: db.ping, close: db.close });
