const SUFFIX: Record<string, number> = {
	n: 1e-9,
	u: 1e-6,
	m: 1e-3,
	k: 1e3,
	M: 1e6,
	G: 1e9,
	T: 1e12,
	P: 1e15,
	E: 1e18,
	Ki: 2 ** 10,
	Mi: 2 ** 20,
	Gi: 2 ** 30,
	Ti: 2 ** 40,
	Pi: 2 ** 50,
	Ei: 2 ** 60,
};

/** A resource.Quantity ("250m", "512Mi", "1e3", "12345678n") as a number: cores or bytes. Undefined where it is none. */
export function quantity(text: string | undefined): number | undefined {
	const [, number, suffix] = /^([+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?$/.exec(text ?? "") ?? [];
	return number === undefined ? undefined : Number(number) * (suffix === undefined ? 1 : (SUFFIX[suffix] ?? 1));
}
