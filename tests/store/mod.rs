//! The store against moto, the local vault and `arnify serve`.

mod boto;
mod children;
mod contract;
mod place;
mod proxy;
mod runs;
mod serve;
mod vault;
