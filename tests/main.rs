
mod rewrite;
