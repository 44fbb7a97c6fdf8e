import { call } from "../kit/call.js";
import { createLog } from "../kit/log.js";
import { explain, serve } from "../kit/service.js";
import { watchSettings } from "../kit/settings.js";
import { renderHome } from "./storefront/home.js";

const log = createLog("json");
const flags = watchSettings("flags.json", log);

/** Recommendations are a nicety: without them the page is served all the same. */
const recommendations = (category) =>
	call("recommendations", "GET", `/recommendations/${category}`, { timeoutMs: 1500, log }).catch((error) => {
		log.warn("recommendations left out", { category, reason: explain(error) });
		return { items: [] };
	});

async function home({ query }) {
	const category = query.get("category") ?? "tea";
	const [list, recommended] = await Promise.all([
		call("catalog", "GET", `/products?category=${category}`, { log }),
		recommendations(category),
	]);
	return renderHome(list.products, recommended.items, flags()["storefront.compact-home"]);
}

const product = ({ params }) => call("catalog", "GET", `/products/${params.id}`, { log });
const search = ({ query }) => call("catalog", "GET", `/search?q=${encodeURIComponent(query.get("q") ?? "")}`, { log });
const readCart = ({ headers }) => call("cart", "GET", `/carts/${headers["x-cart-id"]}`, { log });
const addToCart = ({ headers, body }) => call("cart", "POST", `/carts/${headers["x-cart-id"]}/lines`, { body, retries: 0, log });
const order = ({ params }) => call("orders", "GET", `/orders/${params.id}`, { log });

function checkout({ headers, body }) {
	return call("orders", "POST", "/orders", {
		body: { cartId: headers["x-cart-id"], customer: body.customer },
		timeoutMs: 7000,
		retries: 0,
		log,
	});
}

await serve({
	log,
	routes: {
		"GET /": home,
		"GET /products/:id": product,
		"GET /search": search,
		"GET /cart": readCart,
		"POST /cart/lines": addToCart,
		"POST /checkout": checkout,
		"GET /orders/:id": order,
	},
	describe: (logger, fields) => logger.info("request completed", fields),
});
