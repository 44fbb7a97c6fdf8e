import type { Scenario } from "./scenario.ts";

/** The link to the bank's card service becomes slow: most charges take longer than payments waits. Nothing of the shop's changed for it. */
export const providerSlow: Scenario = {
	id: "provider-slow",
	title: "Checkouts hang and fail",
	healthyMinutes: 13,
	faultMinutes: 8,
	requestsPerSecond: 3,
	sampleSeconds: 15,
	keepTraces: 0.25,
	limits: { postgresConnections: 60, redisMegabytes: 64 },
	steps: [
		{ at: -9, run: ({ commit }) => commit("cart-log-size") },
		{ at: -8, run: ({ deploy }) => deploy("cart", "cart-log-size") },
		{ at: -3, run: ({ commit }) => commit("payments-receipt-currency") },
		{ at: -1.8, run: ({ deploy }) => deploy("payments", "payments-receipt-currency") },
		{ at: -0.7, run: ({ flag }) => flag("orders.gift-notes", true, "Ruth Odell") },
		{ at: 0, run: ({ acquirerLink }) => acquirerLink.delay(900, 2600) },
		{ at: 1, run: ({ commit }) => commit("storefront-count-products") },
		{ at: 2, run: ({ deploy }) => deploy("storefront", "storefront-count-products") },
	],
	truth: { service: "acquirer", culprit: null, category: "dependency_failure", firstFailing: "payments", remediation: "contact-provider" },
};
