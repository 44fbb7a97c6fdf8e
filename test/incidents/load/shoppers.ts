import { randomUUID } from "node:crypto";

/** Visitors of the shop: they come at random, look around, and some of them buy. */
export interface Shoppers {
	/** Requests per second, about, from now on. */
	rate(requestsPerSecond: number): void;
	/** A robot that looks for other people's software, and finds nothing. */
	scan(paths: number): Promise<void>;
	stop(): Promise<void>;
}

const AGENTS = [
	"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
	"Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15",
	"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/141.0.0.0 Safari/537.36",
	"shop-app/4.2 (Android 15)",
];
const CATEGORIES = ["tea", "coffee", "cups", "kettles"];
const WORDS = ["floral light", "smoky", "Assam", "Oolong round", "Clay", "bright full", "Cedar"];
const SCANNED = [
	"/.env",
	"/wp-login.php",
	"/.git/config",
	"/phpmyadmin/index.php",
	"/admin",
	"/actuator/health",
	"/cgi-bin/test.cgi",
	"/backup.zip",
	"/server-status",
];
const REQUESTS_PER_VISIT = 5.5;

const pick = <T>(items: readonly T[]): T => items[Math.floor(Math.random() * items.length)] as T;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

type Send = (method: string, path: string, body?: unknown) => Promise<{ status: number; body: Record<string, unknown> }>;

function browser(origin: string, address: string, agent: string, cart: string): Send {
	return async (method, path, body) => {
		const headers = { "content-type": "application/json", "user-agent": agent, "x-forwarded-for": address, "x-cart-id": cart };
		const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }), signal: AbortSignal.timeout(15_000) };
		const response = await fetch(origin + path, init);
		return { status: response.status, body: (await response.json().catch(() => ({}))) as Record<string, unknown> };
	};
}

/** One visit: the home page, products or a search, perhaps a cart, perhaps an order. */
async function visit(send: Send, think: () => Promise<void>): Promise<void> {
	await send("GET", `/?category=${pick(CATEGORIES)}`);
	await think();
	if (Math.random() < 0.25) await send("GET", `/search?q=${encodeURIComponent(pick(WORDS))}`);
	const product = Math.random() < 0.01 ? 999_999 : 1 + Math.floor(Math.random() * 1200);
	await send("GET", `/products/${product}`);
	if (Math.random() > 0.65) return;
	await think();
	const added = await send("POST", "/cart/lines", {
		productId: 1 + Math.floor(Math.random() * 1200),
		quantity: 1 + Math.floor(Math.random() * 3),
	});
	if (added.status !== 200) return;
	await send("GET", "/cart");
	if (Math.random() > 0.75) return;
	await think();
	const member = Math.random() < 0.4;
	const email = `${member ? "member" : "guest"}${Math.floor(Math.random() * 5000)}@example.net`;
	const customer = member ? { email, loyalty: { tier: pick(["silver", "gold"]) } } : { email };
	const order = await send("POST", "/checkout", { customer });
	if (order.status === 200 && Math.random() < 0.6) await send("GET", `/orders/${order.body.id}`);
}

/** Sends visitors to `origin` until stopped. Visitors' addresses are of the ranges kept for documentation. */
export function sendShoppers(origin: string, requestsPerSecond: number): Shoppers {
	let rate = requestsPerSecond;
	let stopped = false;
	const visits = new Set<Promise<void>>();
	const begin = (): void => {
		const send = browser(origin, `203.0.113.${1 + Math.floor(Math.random() * 254)}`, pick(AGENTS), randomUUID());
		const going = visit(send, () => pause(300 + Math.random() * 1700))
			.catch(() => undefined)
			.finally(() => visits.delete(going));
		visits.add(going);
	};
	const arrivals = (async () => {
		while (!stopped) {
			await pause(Math.min(5000, (-Math.log(1 - Math.random()) * REQUESTS_PER_VISIT * 1000) / rate));
			if (!stopped) begin();
		}
	})();
	return {
		rate(next) {
			rate = next;
		},
		async scan(paths) {
			const send = browser(origin, "198.51.100.77", "Mozilla/5.0 zgrab/0.x", "-");
			for (let i = 0; i < paths && !stopped; i++) {
				await send("GET", SCANNED[i % SCANNED.length] ?? "/").catch(() => undefined);
				await pause(120);
			}
		},
		async stop() {
			stopped = true;
			await arrivals;
			await Promise.race([Promise.all(visits), pause(4000)]);
		},
	};
}
