import type { Scenario } from "./scenario.ts";

/** Somebody else's import fills the shop's Redis with keys that never expire; at its limit Redis refuses to write. */
export const redisMemory: Scenario = {
	id: "redis-memory",
	title: "Nothing can be put into the cart",
	healthyMinutes: 13,
	faultMinutes: 9,
	requestsPerSecond: 3,
	sampleSeconds: 15,
	keepTraces: 0.25,
	limits: { postgresConnections: 60, redisMegabytes: 40 },
	steps: [
		{ at: -8, run: ({ commit }) => commit("catalog-order-by-stock") },
		{ at: -7, run: ({ deploy }) => deploy("catalog", "catalog-order-by-stock") },
		{ at: -3, run: ({ commit }) => commit("cart-log-size") },
		{ at: -1, run: ({ deploy }) => deploy("cart", "cart-log-size") },
		{ at: 0, run: ({ runOutside, redisUrl }) => runOutside("segment-import.js", redisUrl, "60") },
		{
			at: 0.8,
			run: ({ configure }) => configure("recommendations", { cacheSeconds: 90 }, "recommendations: cache for 90 s", "Tomas Rehn"),
		},
		{ at: 1.6, run: ({ commit }) => commit("orders-read-lines") },
		{ at: 2.2, run: ({ deploy }) => deploy("orders", "orders-read-lines") },
		{ at: 2.6, run: ({ flag }) => flag("storefront.compact-home", true, "Lena Vogt") },
	],
	truth: { service: "redis", culprit: null, category: "resource_exhaustion", firstFailing: "redis", remediation: "free-memory" },
};
