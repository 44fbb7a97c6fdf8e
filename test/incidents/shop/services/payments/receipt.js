/** What of a charge goes into the log: never the card, never the customer. */
export function describeCharge({ id, orderId, amountCents }) {
	return { chargeId: id, orderId, amountCents };
}
