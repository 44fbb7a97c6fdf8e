/** The home page's data: a list of products and what else one may like. */
export function renderHome(products, recommended, compact) {
	const shown = compact ? products.slice(0, 6) : products;
	return { products: shown.map(({ id, name, price_cents: priceCents }) => ({ id, name, priceCents })), recommended };
}
