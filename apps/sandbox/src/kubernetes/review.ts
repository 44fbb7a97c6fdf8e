const MAGIC = Buffer.from("k8s\0");

/**
 * A SelfSubjectAccessReview from Kubernetes' protobuf envelope ("k8s\0", then runtime.Unknown with the object in field 2), as far as
 * the sandbox needs it: spec (2), resourceAttributes (1) with namespace 1, verb 2, group 3, resource 5. Undefined where it is not one.
 */
export function readReview(body: Buffer): object | undefined {
	if (!body.subarray(0, 4).equals(MAGIC)) return undefined;
	const raw = fields(body.subarray(4)).get(2);
	const spec = raw && fields(raw).get(2);
	const attributes = spec && fields(spec).get(1);
	if (!attributes) return undefined;
	const values = fields(attributes);
	const text = (field: number) => values.get(field)?.toString("utf8") ?? "";
	return { spec: { resourceAttributes: { namespace: text(1), verb: text(2), group: text(3), resource: text(5), subresource: text(6) } } };
}

/** The length-delimited fields of a protobuf message, by number; others are passed over. */
function fields(message: Buffer): Map<number, Buffer> {
	const found = new Map<number, Buffer>();
	let at = 0;
	const varint = () => {
		let value = 0;
		for (let shift = 0; at < message.length && shift < 35; shift += 7) {
			const byte = message[at++] ?? 0;
			value |= (byte & 0x7f) << shift;
			if (byte < 0x80) break;
		}
		return value >>> 0;
	};
	while (at < message.length) {
		const key = varint();
		const type = key & 7;
		if (type === 0) varint();
		else if (type === 2) {
			const length = varint();
			found.set(key >>> 3, message.subarray(at, at + length));
			at += length;
		} else break;
	}
	return found;
}
