type Columns = (field: string) => unknown;

/** A function of Sentry's search, such as "p95(span.duration)". */
export function parseFunction(field: string): { name: string; column: string } | undefined {
	const [, name, column] = /^(\w+)\(([\w.]*)\)$/.exec(field) ?? [];
	return name === undefined ? undefined : { name, column: column ?? "" };
}

/** The value of a function over some rows; null for one that the sandbox does not know. */
export function aggregate(field: string, rows: readonly Columns[]): number | null {
	const parsed = parseFunction(field);
	if (parsed === undefined) return null;
	const { name, column } = parsed;
	if (name === "count") return rows.length;
	if (name === "count_unique") return new Set(rows.map((r) => r(column))).size;
	const values = rows
		.map((r) => Number(r(column)))
		.filter(Number.isFinite)
		.sort((a, b) => a - b);
	if (values.length === 0) return 0;
	const sum = values.reduce((a, b) => a + b, 0);
	const [, percent] = /^p(\d{1,3})$/.exec(name) ?? [];
	if (percent !== undefined) return values[Math.min(values.length - 1, Math.floor((Number(percent) / 100) * values.length))] ?? 0;
	return { sum, avg: sum / values.length, min: values[0] ?? 0, max: values.at(-1) ?? 0 }[name] ?? null;
}

/** Rows as a table: as they are where no function is asked for, else one row per combination of the plain columns. */
export function tabulate(rows: readonly Columns[], fields: readonly string[], sort: string | undefined): Record<string, unknown>[] {
	const plain = fields.filter((f) => parseFunction(f) === undefined);
	if (plain.length === fields.length) return rows.map((r) => Object.fromEntries(fields.map((f) => [f, r(f) ?? null])));
	const groups = Map.groupBy(rows, (r) => JSON.stringify(plain.map((f) => r(f) ?? null)));
	const table = [...groups.values()].map((group) =>
		Object.fromEntries(fields.map((f) => [f, parseFunction(f) === undefined ? (group[0]?.(f) ?? null) : aggregate(f, group)])),
	);
	const [, down, by] = /^(-?)(.+)$/.exec(sort ?? "") ?? [];
	const order = (a: unknown, b: unknown) => (typeof a === "number" && typeof b === "number" ? a - b : String(a) < String(b) ? -1 : 1);
	return by === undefined ? table : table.sort((a, b) => (down === "-" ? -1 : 1) * order(a[by], b[by]));
}
