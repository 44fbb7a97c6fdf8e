import type { Scenario } from "./scenario.ts";

/** Somebody else's export opens session after session and leaves each idle in a transaction, until PostgreSQL has none left for the shop. */
export const postgresConnections: Scenario = {
	id: "postgres-connections",
	title: "Pages and checkouts fail now and then, then mostly",
	healthyMinutes: 14,
	faultMinutes: 9,
	requestsPerSecond: 3,
	sampleSeconds: 15,
	keepTraces: 0.25,
	limits: { postgresConnections: 32, redisMegabytes: 64 },
	steps: [
		{ at: -10, run: ({ commit }) => commit("storefront-count-products") },
		{ at: -9, run: ({ deploy }) => deploy("storefront", "storefront-count-products") },
		{ at: -4, run: ({ commit }) => commit("orders-read-lines") },
		{ at: -2.2, run: ({ deploy }) => deploy("orders", "orders-read-lines") },
		{ at: -1.1, run: ({ commit }) => commit("catalog-order-by-stock") },
		{ at: -0.5, run: ({ flag }) => flag("orders.gift-notes", true, "Ruth Odell") },
		{ at: 0, run: ({ runOutside, databaseUrl }) => runOutside("reporting-export.js", databaseUrl("reporting"), "3000") },
		{ at: 0.6, run: ({ deploy }) => deploy("catalog", "catalog-order-by-stock") },
		{ at: 4, run: ({ commit }) => commit("payments-receipt-currency") },
	],
	truth: {
		service: "postgres",
		culprit: null,
		category: "resource_exhaustion",
		firstFailing: "postgres",
		remediation: "terminate-sessions",
	},
};
