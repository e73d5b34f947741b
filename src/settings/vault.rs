//! What a vault file may be called.

use std::path::Path;

/// Endings that the files beside a vault have: its key and its lock.
const TAKEN: [&str; 2] = ["key", "lock"];

/// Refuses a vault whose key or lock would lie where the vault itself does.
///
/// # Errors
/// What is wrong with the name, as a sentence's end.
pub fn check_vault(vault: &Path) -> Result<(), String> {
    let ending = vault.extension().unwrap_or_default();
    match TAKEN.iter().find(|taken| ending.eq_ignore_ascii_case(taken)) {
        None => Ok(()),
        Some(taken) => Err(format!(
            "a vault can't be called {}: its {taken} would be the same file; call it .age",
            vault.display()
        )),
    }
}
