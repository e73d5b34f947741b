//! What is found out before anything is stored: files whose rewrite fails keep their literals, and no secret is
//! stored for those.

use crate::support::{Sandbox, expect, random_text, snapshot};

#[test]
fn nothing_is_stored_for_a_file_that_cannot_be_rewritten() {
    let sandbox = Sandbox::new();
    sandbox.file("web/package.json", "{\"dependencies\": {\"vue\": \"3\"}}\n");
    sandbox.file("web/src/api.js", format!("export const apiSecret = '{}';\n", random_text(24)));
    let before = sandbox.snapshot();
    for arguments in [&["plan"][..], &["apply"], &["apply", "--write", "-y"]] {
        let output = expect(0, sandbox.arnify(arguments));
        let told = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(told.contains("browser"), "{arguments:?}: {told}");
        assert_eq!(sandbox.snapshot(), before, "{arguments:?}");
        let kept = snapshot(&sandbox.home());
        assert!(!kept.keys().any(|path| path.contains("vault")), "{arguments:?}: something was stored: {kept:?}");
    }
    sandbox.file("app.py", format!("DB_PASSWORD = '{}'\n", random_text(24)));
    let output = expect(0, sandbox.arnify(["apply", "--write", "-y"]));
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(told.contains("1 secret stored"), "{told}");
    assert_eq!(sandbox.snapshot()["web/src/api.js"], before["web/src/api.js"]);
    expect(0, sandbox.arnify(["verify"]));
}

#[test]
fn a_helper_file_lands_beside_the_code_of_a_folder_that_was_named() {
    let sandbox = Sandbox::new();
    std::fs::create_dir(sandbox.tree().join(".git")).expect("a repository's mark");
    sandbox.file(
        "sub/lib/config.js",
        format!("const apiSecret = '{}';\nmodule.exports = {{ apiSecret }};\n", random_text(24)),
    );
    let before = sandbox.snapshot();
    expect(0, sandbox.arnify(["apply", "--write", "-y", "sub"]));
    let after = sandbox.snapshot();
    let new: Vec<&String> = after.keys().filter(|path| !before.contains_key(*path)).collect();
    assert_eq!(new.len(), 1, "{new:?}");
    assert!(new[0].starts_with("sub/"), "{new:?}");
    expect(0, sandbox.arnify(["undo", "-y"]));
    assert_eq!(sandbox.snapshot(), before);
}
