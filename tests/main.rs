mod rewrite;
