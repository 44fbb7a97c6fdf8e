import type { Scenario } from "./scenario.ts";

/** A new version of orders takes every customer for a member; other services change at about the same time. */
export const badDeploy: Scenario = {
	id: "bad-deploy",
	title: "Checkout fails for a part of the customers",
	healthyMinutes: 14,
	faultMinutes: 8,
	requestsPerSecond: 3,
	sampleSeconds: 15,
	keepTraces: 0.25,
	limits: { postgresConnections: 60, redisMegabytes: 64 },
	steps: [
		{ at: -11, run: ({ commit }) => commit("recommendations-skip-sold-out") },
		{ at: -9.5, run: ({ deploy }) => deploy("recommendations", "recommendations-skip-sold-out") },
		{ at: -5, run: ({ commit }) => commit("orders-loyalty-discount") },
		{ at: -3.5, run: ({ commit }) => commit("storefront-count-products") },
		{ at: -2, run: ({ deploy }) => deploy("storefront", "storefront-count-products") },
		{ at: -1.2, run: ({ flag }) => flag("recommendations.popular-first", true, "Tomas Rehn") },
		{ at: -0.6, run: ({ commit }) => commit("payments-receipt-currency") },
		{ at: 0, run: ({ deploy }) => deploy("orders", "orders-loyalty-discount") },
		{ at: 0.7, run: ({ deploy }) => deploy("payments", "payments-receipt-currency") },
		{ at: 3, run: ({ configure }) => configure("recommendations", { listSize: 8 }, "recommendations: show eight items", "Tomas Rehn") },
	],
	truth: {
		service: "orders",
		culprit: "orders-loyalty-discount",
		category: "code_defect",
		firstFailing: "orders",
		remediation: "rollback",
	},
};
