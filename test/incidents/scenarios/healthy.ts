import type { Scenario } from "./scenario.ts";

/** An hour in which nothing is wrong: routine releases, a robot, a burst of visitors, a lock held for a moment, a broken connection that a retry mends. */
export const healthy: Scenario = {
	id: "healthy",
	title: "A routine hour",
	healthyMinutes: 60,
	faultMinutes: 0,
	requestsPerSecond: 2,
	sampleSeconds: 30,
	keepTraces: 0.12,
	limits: { postgresConnections: 60, redisMegabytes: 64 },
	steps: [
		{ at: -53, run: ({ commit }) => commit("recommendations-skip-sold-out") },
		{ at: -50, run: ({ deploy }) => deploy("recommendations", "recommendations-skip-sold-out") },
		{ at: -44, run: ({ load }) => load.scan(60) },
		{ at: -36, run: ({ load }) => load.rate(5) },
		{ at: -34.5, run: ({ load }) => load.rate(2) },
		{ at: -30, run: ({ commit }) => commit("cart-log-size") },
		{ at: -27, run: ({ deploy }) => deploy("cart", "cart-log-size") },
		{ at: -22, run: ({ acquirerLink }) => acquirerLink.breakNext() },
		{ at: -19, run: ({ flag }) => flag("storefront.compact-home", true, "Lena Vogt") },
		{ at: -14, run: ({ lockTable }) => lockTable("reviews", 2300) },
		{ at: -9, run: ({ acquirerLink }) => acquirerLink.breakNext() },
		{ at: -6, run: ({ configure }) => configure("recommendations", { cacheSeconds: 90 }, "recommendations: cache for 90 s", "Tomas Rehn") },
		{ at: -4, run: ({ load }) => load.scan(25) },
	],
	truth: { service: null, culprit: null, category: "healthy", firstFailing: null, remediation: "none" },
};
