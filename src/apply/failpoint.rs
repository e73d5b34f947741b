//! Where tests cut a run off: by the number of its journal's record.

/// Kills the process at record `number` when a test asks for it; nothing of this is in a release build.
pub(super) fn crash(variable: &str, number: usize) {
    #[cfg(debug_assertions)]
    {
        #[expect(clippy::disallowed_methods, reason = "a failpoint of debug builds, not a setting")]
        let wanted = std::env::var(variable).ok().and_then(|text| text.parse().ok());
        if wanted == Some(number) {
            std::process::abort();
        }
    }
    #[cfg(not(debug_assertions))]
    let _ = (variable, number);
}

/// Sends the process a Ctrl-C at record `number` when a test asks for it; nothing of this is in a release build.
pub(super) fn interrupt(number: usize) {
    #[cfg(debug_assertions)]
    {
        #[expect(clippy::disallowed_methods, reason = "a failpoint of debug builds, not a setting")]
        let wanted = std::env::var("ARNIFY_INTERRUPT_AFTER").ok().and_then(|text| text.parse().ok());
        if wanted == Some(number) {
            let own = std::process::id().to_string();
            let sent = std::process::Command::new("sh").args(["-c", "kill -INT \"$0\"", &own]).status();
            debug_assert!(sent.is_ok_and(|status| status.success()), "no signal was sent");
            // Another thread takes the signal; give it the time.
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
    }
    #[cfg(not(debug_assertions))]
    let _ = number;
}
