import type { Scenario } from "./scenario.ts";

/** A new setting makes payments wait for the card service for less time than it takes; no code of payments changed. */
export const badConfig: Scenario = {
	id: "bad-config",
	title: "Payments fail",
	healthyMinutes: 13,
	faultMinutes: 8,
	requestsPerSecond: 3,
	sampleSeconds: 15,
	keepTraces: 0.25,
	limits: { postgresConnections: 60, redisMegabytes: 64 },
	steps: [
		{ at: -10, run: ({ commit }) => commit("catalog-order-by-stock") },
		{ at: -9, run: ({ deploy }) => deploy("catalog", "catalog-order-by-stock") },
		{ at: -4, run: ({ commit }) => commit("orders-read-lines") },
		{ at: -1.5, run: ({ deploy }) => deploy("orders", "orders-read-lines") },
		{ at: -0.8, run: ({ configure }) => configure("recommendations", { listSize: 8 }, "recommendations: show eight items", "Tomas Rehn") },
		{
			at: 0,
			run: ({ configure }) =>
				configure("payments", { acquirerTimeoutMs: 100 }, "payments: fail fast when the acquirer is slow", "Marek Dolan"),
		},
		{ at: 0.8, run: ({ flag }) => flag("orders.gift-notes", true, "Ruth Odell") },
		{ at: 1.5, run: ({ commit }) => commit("cart-log-size") },
		{ at: 2.2, run: ({ deploy }) => deploy("cart", "cart-log-size") },
	],
	truth: {
		service: "payments",
		culprit: "payments",
		category: "configuration_error",
		firstFailing: "payments",
		remediation: "revert-config",
	},
};
