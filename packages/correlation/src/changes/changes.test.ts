import { describe, expect, it } from "vitest";
import { alert, analyse, change, evidence, level, log, series } from "../testing/evidence.ts";
import { deliveries, sameName } from "./deliveries.ts";
import { isDependencyBump, isInert, parseDiff } from "./parse-diff.ts";
import { risksOf } from "./risk-features.ts";

const risks = (diff: string) => risksOf(parseDiff(diff)).toSorted((a, b) => b.weight - a.weight);
const timed = (...signals: ReturnType<typeof change>[]) =>
	signals.map((signal) => ({ signal, at: Date.parse(signal.time), candidate: signal.service ?? "unknown" }));

describe("risksOf", () => {
	it.each([
		["a check taken away (Go)", "-\tif user == nil {\n-\t\treturn\n-\t}\n \tuser.Save()", "exceptions"],
		["a check taken away (Python)", "-    if order is None:\n-        return 0\n     return order.total", "exceptions"],
		["a timeout cut", "-const timeout = 5 * time.Second\n+const timeout = 200 * time.Millisecond", "deadline-too-short"],
		["a pool cut", "-  maxConns: 50\n+  maxConns: 5", "connections-exhausted"],
		["calls in a loop", "+for (const id of ids) {\n+\tconst item = await db.query(sql, [id]);\n+}", "slow-queries"],
		["things kept for ever", "+const seen = [];\n+export function note(x) {\n+\tseen.push(x);\n+}", "memory-exhausted"],
		["a connection no longer closed", "-\tdefer rows.Close()\n \tfor rows.Next() {", "connections-exhausted"],
		["an index dropped", "+DROP INDEX orders_by_customer;", "slow-queries"],
		["tolerance for clocks taken away", "-\tif exp.Add(leeway).Before(now) {\n+\tif exp.Before(now) {", "permission-denied"],
		["a probe's patience cut", "-  livenessProbe.timeoutSeconds: 5\n+  livenessProbe.timeoutSeconds: 1", "probe-failing"],
		["another image", "-image: registry.test/shop:1.2\n+image: mirror.test/shop:1.3", "image-unavailable"],
		["other credentials", "-secretName: ledger\n+secretName: ledger-next", "permission-denied"],
		["a return before the work", "+if (order.known) return order\n const found = load(order)", "wrong-result"],
		["a query for each on one line", '-all = query("a", ids)\n+for (const id of ids) all.push(query("b", id))', "slow-queries"],
		["another port of a host", "-ledger.endpoint: http://ledger:80\n+ledger.endpoint: http://ledger:81", "dependency-down"],
		["another host", '-host: "db-1"\n+host: "db-2.local"', "name-resolution"],
	])("%s", (_, diff, mechanism) => {
		const found = risks(diff);
		expect(found.some((r) => r.mechanisms.includes(mechanism as never))).toBe(true);
		expect(found[0]?.weight).toBeGreaterThan(0.4);
	});
	it("reads the numbers that moved, in milliseconds", () => {
		const [risk] = risks(
			"-\tctx, cancel := context.WithTimeout(ctx, 5*time.Second)\n+\tcallCtx, cancel := context.WithTimeout(ctx, 300*time.Millisecond)",
		);
		expect(risk?.numbers).toEqual([5000, 300]);
	});
	it.each([
		["code that moves into a function", "-\tbody := read(r)\n-\twrite(w, body)\n+\tbody := readBody(r)\n+\twrite(w, body)"],
		["a bounded cache", "+var recent = lru.New(256)\n+func note(x int) { recent.Add(x, x) }"],
		["a value that stays", "-image: shop:1\n-a: 1\n+image: shop:1\n+a: 2"],
		["comments", "-// at most 50\n+// at most 10"],
		["nothing", ""],
	])("sees little in %s", (_, diff) => expect(risks(diff)[0]?.weight ?? 0).toBeLessThan(0.5));
});

describe("a fault that builds up", () => {
	const COMMIT = { type: "deploy", title: "wording", files: ["cart/a.go"], diff: "+// a comment" };
	const signals = [
		...Array.from({ length: 60 }, (_, m) => log(m - 60, "cart", "request done")),
		...Array.from({ length: 20 }, (_, i) => log(i / 2, "cart", "OOM: out of memory, write refused", 17)),
		alert(3, "cart", "Errors"),
		change(-40, { ...COMMIT, id: "early" }, "cart"),
		change(-5, { ...COMMIT, id: "meanwhile" }, "cart"),
		change(5, { ...COMMIT, id: "late" }, "cart"),
	];
	// A heap that is collected at -30, having grown since -50, and one that fills from -20 until the fault.
	const heap = [...level(10, 100, 0.001), ...Array.from({ length: 20 }, (_, i) => 100 + 20 * i), ...level(45, 100, 0.001)];
	const filling = [...level(40, 100, 0.001), ...Array.from({ length: 20 }, (_, i) => 100 + 10 * i), ...level(15, 300, 0.001)];
	const said = (values: number[], metric: string) => {
		const { analysis } = analyse(evidence({ signals, series: [series("cart", metric, values, -60, "By")] }));
		return new Map(
			analysis.ruledOut.map((r) => [r.evidence[0], r.reason]).concat(analysis.weighedChanges.map((c) => [c.id, c.reason])) as [
				string,
				string,
			][],
		);
	};
	it("says since when, of a change that came between its beginning and the first error", () => {
		const reasons = said(filling, "memory.used");
		expect(reasons.get("meanwhile")).toMatch(/^what led to the fault had been building up since 11:4\d:\d\d UTC, before it$/);
		expect(reasons.get("late")).toBe("it came after the fault had begun");
	});
	it("does not take a heap that was collected long before for the beginning", () => {
		expect(said(heap, "heap.used").get("meanwhile")).not.toMatch(/before it|after the fault/);
	});
});

describe("files", () => {
	it.each([
		[["README.md", "docs/a.md"], true],
		[["pkg/cart_test.go"], true],
		[[".github/workflows/build.yml"], true],
		[["web/static/a.css"], true],
		[["web/static/a.css", "web/app.js"], false],
		[[], false],
		[undefined, false],
	])("%j changes nothing that runs: %s", (files, inert) => expect(isInert(files)).toBe(inert));
	it("knows a bump of dependencies", () => {
		expect(isDependencyBump(["go.mod", "go.sum"])).toBe(true);
		expect(isDependencyBump(["package.json", "src/a.ts"])).toBe(false);
	});
});

describe("deliveries", () => {
	const commit = change(-20, { type: "commit", id: "abcdef1234567890", title: "x", files: ["services/cart/a.go"] });
	it("joins a commit with the deploy that names it, by a short id too", () => {
		const [found, ...rest] = deliveries(timed(commit, change(-5, { type: "deploy", id: "v2", commitId: "abcdef12" }, "cart")));
		expect(rest).toEqual([]);
		expect(found).toMatchObject({
			commitId: "abcdef1234567890",
			service: "cart",
			delivered: true,
			at: Date.parse(change(-5, { type: "x", id: "x" }).time),
		});
	});
	it("lets a later deploy carry a commit that none names", () => {
		const [found] = deliveries(timed(commit, change(-5, { type: "deploy", id: "v2", commitId: "ffffffffff" }, "cart")));
		expect(found).toMatchObject({ delivered: false, carriedBy: "v2", services: ["cart"] });
	});
	it("keeps deploys of unknown commits, flags and settings, and no status feeds", () => {
		const found = deliveries(
			timed(
				change(-5, { type: "deploy", id: "v2" }, "cart"),
				change(-4, { type: "flag", id: "f" }, "cart"),
				change(-3, { type: "status", id: "s" }),
			),
		);
		expect(found.map((c) => c.id)).toEqual(["v2", "f"]);
	});
	it.each([
		["payment", "paymentservice", true],
		["orders", "orders-svc", true],
		["cart", "card", false],
		["api", "api", true],
	])("%s and %s are one service: %s", (a, b, same) => expect(sameName(a, b)).toBe(same));
});
