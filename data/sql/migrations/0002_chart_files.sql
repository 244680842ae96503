-- Charts are Parquet from the start: at 200 rows that is faster than rows in the catalog, and no read has to look in two
-- places. DuckLake sets a table's option only once the table is committed, hence a migration of its own.
CALL lake.set_option('data_inlining_row_limit', 0, table_name => 'chart_entry');
