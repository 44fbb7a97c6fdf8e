import pg from "pg";

/**
 * The finance department's export, which is not part of the shop: it opens a session per worker, reads the orders within a
 * transaction, and never ends the transaction. Where no session is to be had it tries again each second.
 */

const [, , url, everyMs] = process.argv;
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function openWorker() {
	const client = new pg.Client({ connectionString: url, application_name: "finance-export" });
	client.on("error", () => undefined);
	await client.connect();
	await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ");
	await client.query("SELECT o.id, o.total_cents, l.quantity FROM orders o JOIN order_lines l ON l.order_id = o.id ORDER BY o.id");
}

for (;;) {
	const opened = await openWorker().then(
		() => true,
		() => false,
	);
	await pause(opened ? Number(everyMs) : 1000);
}
