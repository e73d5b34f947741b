
mod detect;
