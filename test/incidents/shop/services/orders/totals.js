const SHIPPING_CENTS = 490;
const FREE_SHIPPING_FROM_CENTS = 4000;

/** What a customer pays for a cart, in cents: goods and shipping. */
export function totalOf(cart) {
	const goodsCents = cart.lines.reduce((sum, line) => sum + line.quantity * line.priceCents, 0);
	const shippingCents = goodsCents >= FREE_SHIPPING_FROM_CENTS ? 0 : SHIPPING_CENTS;
	return { goodsCents, shippingCents, totalCents: goodsCents + shippingCents };
}
