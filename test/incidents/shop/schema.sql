CREATE ROLE catalog LOGIN;
CREATE ROLE orders LOGIN;
CREATE ROLE payments LOGIN;
CREATE ROLE reporting LOGIN;

CREATE TABLE products (
	id serial PRIMARY KEY,
	name text NOT NULL,
	description text NOT NULL,
	category text NOT NULL,
	price_cents int NOT NULL,
	stock int NOT NULL
);
CREATE TABLE reviews (id serial PRIMARY KEY, product_id int NOT NULL REFERENCES products, stars int NOT NULL, body text NOT NULL);
CREATE TABLE orders (
	id serial PRIMARY KEY,
	cart_id text NOT NULL,
	customer_email text NOT NULL,
	total_cents int NOT NULL,
	state text NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE order_lines (order_id int NOT NULL REFERENCES orders, product_id int NOT NULL, quantity int NOT NULL, price_cents int NOT NULL);
CREATE TABLE charges (
	id serial PRIMARY KEY,
	order_id int NOT NULL,
	amount_cents int NOT NULL,
	state text NOT NULL,
	authorization_code text,
	created_at timestamptz NOT NULL DEFAULT now()
);

INSERT INTO products (name, description, category, price_cents, stock)
SELECT
	(ARRAY['Assam', 'Darjeeling', 'Sencha', 'Oolong', 'Yirgacheffe', 'Sumatra', 'Clay', 'Glass', 'Cedar', 'Linen'])[1 + n % 10] || ' ' || n,
	'Small batch number ' || n || ', packed by hand, ' || (ARRAY['floral', 'smoky', 'bright', 'earthy'])[1 + n % 4] || ' and ' || (ARRAY['light', 'full', 'round'])[1 + n % 3],
	(ARRAY['tea', 'coffee', 'cups', 'kettles'])[1 + n % 4],
	300 + (n * 37) % 4200,
	(n * 13) % 200
FROM generate_series(1, 1200) AS n;
INSERT INTO reviews (product_id, stars, body) SELECT 1 + n % 1200, 1 + (n * 7) % 5, 'review ' || n FROM generate_series(1, 9000) AS n;
CREATE INDEX products_category ON products (category, id);
CREATE INDEX products_text ON products USING gin (to_tsvector('english', name || ' ' || description));
CREATE INDEX reviews_product ON reviews (product_id);
CREATE INDEX charges_order ON charges (order_id);

GRANT SELECT ON products, reviews TO catalog, reporting;
GRANT SELECT, INSERT, UPDATE ON orders, order_lines TO orders;
GRANT SELECT, INSERT ON charges TO payments;
GRANT SELECT ON orders, order_lines, charges TO reporting;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO orders, payments;
