"""Raw files, pictures and defect maps in and out; formats are rows of tables, one module a family."""
