//! The vault file: age-encrypted, replaced atomically under a lock, with its key beside it.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::str::FromStr as _;
use std::sync::{Arc, Mutex, PoisonError};

use age::secrecy::ExposeSecret as _;
use age::x25519::Identity;
use zeroize::Zeroizing;

use super::data::VaultData;
use super::queue::Queue;
use crate::settings::check_vault;

/// Why the vault can't be used: one sentence that names the file.
pub(crate) type VaultProblem = String;

/// A vault by the name that the settings give it.
#[derive(Clone, Debug)]
pub(crate) struct VaultFile {
    vault: PathBuf,
    shared: Arc<Shared>,
}

/// Where a vault, its key and its lock lie.
struct Files {
    vault: PathBuf,
    key: PathBuf,
    lock: PathBuf,
}

/// What the handles of one vault have in common.
#[derive(Default)]
struct Shared {
    opened: Mutex<Option<Opened>>,
    queue: Queue,
}

/// What was last decrypted. Every encryption draws a new key, so the same sealed bytes hold the same secrets. What
/// this process writes is not kept: reading a value back has to open what is on the disk.
struct Opened {
    sealed: Vec<u8>,
    data: VaultData,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Shared(..)")
    }
}

impl VaultFile {
    pub(crate) fn new(vault: &Path) -> Self {
        Self { vault: vault.to_owned(), shared: Arc::default() }
    }

    /// Looks at what the vault holds; at nothing when there is none yet. Nothing is created.
    pub(crate) fn read<R>(&self, look: impl FnOnce(&mut VaultData) -> R) -> Result<R, VaultProblem> {
        // Replacement is atomic, so a reader needs no lock: it sees one whole state.
        let files = Files::of(&self.vault)?;
        let Some(sealed) = files.sealed()? else {
            return Ok(look(&mut VaultData::default()));
        };
        let identity = files.existing_key()?;
        // Held until the look is over: readers that come at the same time decrypt once.
        let mut last = self.last();
        let mut data = files.open(last.take(), &sealed, &identity)?;
        let seen = look(&mut data);
        *last = Some(Opened { sealed, data });
        Ok(seen)
    }

    fn last(&self) -> std::sync::MutexGuard<'_, Option<Opened>> {
        self.shared.opened.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the vault together with all changes that wait, and answers when that is on the disk. A change that
    /// fails must leave the data as it was; when all fail nothing is written.
    pub(crate) async fn update<R: Send + 'static, E: Send + 'static>(
        &self,
        change: impl FnOnce(&mut VaultData) -> Result<R, E> + Send + 'static,
    ) -> Result<Result<R, E>, VaultProblem> {
        self.shared.queue.pass(change, |changes| self.rewrite(changes)).await
    }

    /// Reads, changes and replaces the vault while no other process does; unless `changes` says that there were none.
    fn rewrite(&self, changes: &mut dyn FnMut(&mut VaultData) -> bool) -> Result<(), VaultProblem> {
        let files = Files::of(&self.vault)?;
        files.make_folder()?;
        let lock = files.open_lock()?;
        lock.lock().map_err(|error| say("can't lock", &files.lock, &error))?;
        let sealed = files.sealed()?;
        let identity = if sealed.is_some() || files.key.exists() { files.existing_key()? } else { files.new_key()? };
        let last = self.last().take();
        let mut data = match &sealed {
            Some(sealed) => files.open(last, sealed, &identity)?,
            None => VaultData::default(),
        };
        if changes(&mut data) { files.write(&data, &identity) } else { Ok(()) }
    }
}

impl Files {
    /// The files of the vault that is called `vault`. A link is followed first: were it replaced, two who reach one
    /// vault by two names would each go on with a vault of their own.
    fn of(vault: &Path) -> Result<Self, VaultProblem> {
        let vault = match std::fs::canonicalize(vault) {
            Ok(target) => target,
            Err(_) if vault.symlink_metadata().is_err() => vault.to_owned(),
            Err(error) => return Err(say("can't follow the link", vault, &error)),
        };
        check_vault(&vault)?;
        Ok(Self { key: vault.with_extension("key"), lock: vault.with_extension("lock"), vault })
    }

    /// What `sealed` holds; as it was decrypted last, where it is still the same.
    fn open(&self, last: Option<Opened>, sealed: &[u8], identity: &Identity) -> Result<VaultData, VaultProblem> {
        match last {
            Some(opened) if opened.sealed == sealed => Ok(opened.data),
            Some(_) | None => self.unseal(sealed, identity),
        }
    }

    fn sealed(&self) -> Result<Option<Vec<u8>>, VaultProblem> {
        match std::fs::read(&self.vault) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(say("can't read the vault", &self.vault, &error)),
        }
    }

    fn unseal(&self, sealed: &[u8], identity: &Identity) -> Result<VaultData, VaultProblem> {
        let path = self.vault.display();
        let plain = age::decrypt(identity, sealed).map(Zeroizing::new).map_err(|error| match error {
            age::DecryptError::NoMatchingKeys => {
                format!("the key {} doesn't open the vault {path}; nothing was changed", self.key.display())
            }
            _ => format!("the vault {path} is damaged; nothing was changed"),
        })?;
        // The parser's message may quote what it read, so it is dropped.
        let data: VaultData =
            serde_json::from_slice(&plain).map_err(|_| format!("the vault {path} is damaged; nothing was changed"))?;
        if data.v != 1 {
            return Err(format!("the vault {path} was written by a newer arnify; nothing was changed"));
        }
        Ok(data)
    }

    fn existing_key(&self) -> Result<Identity, VaultProblem> {
        let text = match std::fs::read_to_string(&self.key) {
            Ok(text) => Zeroizing::new(text),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Err(format!(
                    "the vault {} has no key: {} is missing; put it back, a new one can't open the vault",
                    self.vault.display(),
                    self.key.display()
                ));
            }
            Err(error) => return Err(say("can't read the key", &self.key, &error)),
        };
        let mode = std::fs::metadata(&self.key).map_err(|error| say("can't read the key", &self.key, &error))?;
        if mode.permissions().mode() & 0o077 != 0 {
            return Err(format!(
                "the key {0} can be read by others; run `chmod 600 {0}` and consider the vault's secrets known",
                self.key.display()
            ));
        }
        let line = text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'));
        line.and_then(|line| Identity::from_str(line).ok())
            .ok_or_else(|| format!("{} holds no age key; nothing was changed", self.key.display()))
    }

    fn new_key(&self) -> Result<Identity, VaultProblem> {
        let identity = Identity::generate();
        let mut text =
            Zeroizing::new(format!("# key of the arnify vault beside it\n# public key: {}\n", identity.to_public()));
        let secret = identity.to_string();
        text.reserve(secret.expose_secret().len() + 1);
        text.push_str(secret.expose_secret());
        text.push('\n');
        self.replace(&self.key, text.as_bytes())?;
        Ok(identity)
    }

    fn write(&self, data: &VaultData, identity: &Identity) -> Result<(), VaultProblem> {
        let mut plain = Zeroizing::new(Vec::with_capacity(plain_size(data)));
        let failed = |_| format!("can't write the vault {}", self.vault.display());
        serde_json::to_writer(&mut *plain, data).map_err(failed)?;
        let sealed = age::encrypt(&identity.to_public(), &plain)
            .map_err(|_| format!("can't encrypt the vault {}", self.vault.display()))?;
        self.replace(&self.vault, &sealed)
    }

    /// Writes beside `path`, forces it to disk, renames it into place. Temporary files have mode 0600.
    fn replace(&self, path: &Path, bytes: &[u8]) -> Result<(), VaultProblem> {
        let folder = self.folder();
        let failed = |error: &std::io::Error| say("can't write", path, error);
        let mut file = tempfile::Builder::new().prefix(".vault-").tempfile_in(folder).map_err(|e| failed(&e))?;
        file.write_all(bytes).map_err(|e| failed(&e))?;
        file.as_file().sync_all().map_err(|e| failed(&e))?;
        file.persist(path).map_err(|e| failed(&e.error))?;
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(|e| failed(&e))
    }

    fn folder(&self) -> &Path {
        match self.vault.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        }
    }

    fn make_folder(&self) -> Result<(), VaultProblem> {
        let folder = self.folder();
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(|e| say("can't create", folder, &e))
    }

    fn open_lock(&self) -> Result<File, VaultProblem> {
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).write(true).mode(0o600);
        options.open(&self.lock).map_err(|error| say("can't open", &self.lock, &error))
    }
}

/// An upper bound for most vaults, so that the buffer of plain text seldom moves: a moved buffer isn't wiped.
fn plain_size(data: &VaultData) -> usize {
    let values = data.secrets.values().flat_map(|secret| secret.versions.values()).map(|version| version.value.len());
    1024 + data.secrets.len() * 8192 + values.map(|len| len * 2 + 512).sum::<usize>()
}

fn say(action: &str, path: &Path, error: &std::io::Error) -> VaultProblem {
    format!("{action} {}: {error}", path.display())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::convert::Infallible;

    use futures_util::future::{FutureExt as _, join_all};

    use super::*;
    use crate::store::vault::data::SecretRecord;

    fn names_in(file: &VaultFile) -> usize {
        file.read(|data| data.secrets.len()).unwrap()
    }

    /// Waits on a runtime like the session's.
    fn wait<R>(what: impl Future<Output = R>) -> R {
        crate::store::session::runtime().unwrap().block_on(what)
    }

    fn secret(name: &str) -> SecretRecord {
        SecretRecord {
            arn: name.into(),
            name: name.into(),
            description: None,
            kms_key_id: None,
            tags: BTreeMap::new(),
            created: 0.0,
            changed: 0.0,
            deleted: None,
            versions: BTreeMap::new(),
        }
    }

    async fn insert(file: &VaultFile, name: &str) -> Result<Result<(), Infallible>, VaultProblem> {
        let (key, secret) = (name.to_owned(), secret(name));
        let change = move |data: &mut VaultData| {
            assert!(data.secrets.insert(key, secret).is_none());
            Ok(())
        };
        file.update(change).await
    }

    fn add(file: &VaultFile, name: &str) {
        wait(insert(file, name)).unwrap().unwrap();
    }

    #[test]
    fn what_another_handle_wrote_is_seen_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let (one, other) = (VaultFile::new(&folder.path().join("v.age")), VaultFile::new(&folder.path().join("v.age")));
        assert_eq!((names_in(&one), names_in(&other)), (0, 0));
        for round in 1..4 {
            add(&one, &format!("one-{round}"));
            assert_eq!(names_in(&other), round * 2 - 1);
            add(&other, &format!("other-{round}"));
            assert_eq!((names_in(&one), names_in(&one)), (round * 2, round * 2));
        }
    }

    #[test]
    fn a_vault_behind_a_link_is_the_one_that_the_link_leads_to() {
        let (shared, own) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (real, link) = (shared.path().join("team.age"), own.path().join("v.age"));
        add(&VaultFile::new(&real), "theirs");
        std::os::unix::fs::symlink(&real, &link).unwrap();
        let linked = VaultFile::new(&link);
        add(&linked, "ours");
        assert_eq!((names_in(&linked), names_in(&VaultFile::new(&real))), (2, 2));
        let beside: Vec<_> = own.path().read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
        assert_eq!(beside, [link.as_path()], "key and lock lie beside the vault, not beside the link");
        assert!(link.is_symlink());
    }

    #[test]
    fn a_link_that_leads_nowhere_and_a_name_that_the_key_needs_are_refused_before_anything_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let named = |name: &str| folder.path().join(name);
        std::os::unix::fs::symlink(named("gone.age"), named("dangling.age")).unwrap();
        add(&VaultFile::new(&named("its.age")), "a");
        std::os::unix::fs::symlink(named("its.key"), named("linked.age")).unwrap();
        let names = || {
            let mut names: Vec<_> = folder.path().read_dir().unwrap().map(|entry| entry.unwrap().file_name()).collect();
            names.sort();
            names
        };
        let before = names();
        for (name, said) in [
            ("dangling.age", "can't follow the link"),
            ("linked.age", "its key would be the same file"),
            ("team.key", "its key would be the same file"),
            ("team.lock", "its lock would be the same file"),
        ] {
            let file = VaultFile::new(&named(name));
            let read = file.read(|data| data.secrets.len()).unwrap_err();
            let written = wait(insert(&file, "a")).unwrap_err();
            assert!(read.contains(said) && written.contains(said), "{name}: {read}, {written}");
            assert_eq!(names(), before, "{name}");
        }
    }

    #[test]
    fn what_was_written_is_read_back_from_the_disk() {
        let folder = tempfile::tempdir().unwrap();
        let file = VaultFile::new(&folder.path().join("v.age"));
        add(&file, "a");
        assert!(file.last().is_none(), "what was written may not answer for what is on the disk");
        assert_eq!(names_in(&file), 1);
        assert!(file.last().is_some());
        let failed = wait(file.update(|data| {
            data.secrets.clear();
            Err::<(), _>("no")
        }));
        assert_eq!(failed.unwrap(), Err("no"));
        assert_eq!(names_in(&file), 1, "a change that failed may not stay in memory");
    }

    fn many() -> Vec<String> {
        (0..40).map(|number| format!("name-{number}")).collect()
    }

    #[test]
    fn changes_that_wait_together_are_one_write_and_all_there() {
        let folder = tempfile::tempdir().unwrap();
        let file = VaultFile::new(&folder.path().join("v.age"));
        add(&file, "first");
        let names = many();
        let seen = wait(async {
            let watch = async |name: &String| {
                insert(&file, name).await.unwrap().unwrap();
                std::fs::read(&file.vault).unwrap()
            };
            join_all(names.iter().map(watch)).await
        });
        assert!(seen.iter().all(|sealed| *sealed == seen[0]), "each is answered from the same write");
        assert_eq!(names_in(&VaultFile::new(&file.vault)), names.len() + 1);
    }

    #[test]
    fn a_write_that_fails_is_told_to_all_that_waited_and_leaves_the_old_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = VaultFile::new(&folder.path().join("v.age"));
        add(&file, "first");
        let before = std::fs::read(&file.vault).unwrap();
        let names = many();
        let answers = wait(async {
            // The vault's folder is gone when the changes are to be written.
            let moved = folder.path().with_extension("moved");
            let (from, to) = (folder.path().to_owned(), moved.clone());
            let breaking = file.update(move |_| {
                std::fs::rename(&from, &to).unwrap();
                Ok::<_, Infallible>(())
            });
            let others = names.iter().map(|name| insert(&file, name).boxed_local());
            let answers = join_all(std::iter::once(breaking.boxed_local()).chain(others)).await;
            std::fs::rename(&moved, folder.path()).unwrap();
            answers
        });
        assert!(answers.into_iter().all(|answer| answer.is_err_and(|problem| problem.contains("can't write"))));
        assert_eq!(std::fs::read(&file.vault).unwrap(), before);
        assert_eq!(names_in(&file), 1);
        add(&file, "later");
    }

    #[test]
    fn a_refused_change_is_told_alone_and_one_that_was_given_up_is_not_made() {
        let folder = tempfile::tempdir().unwrap();
        let file = VaultFile::new(&folder.path().join("v.age"));
        wait(async {
            assert!(insert(&file, "given up").now_or_never().is_none());
            let refused = file.update(|_| Err::<(), _>("no"));
            let (one, refused, other) = tokio::join!(insert(&file, "one"), refused, insert(&file, "other"));
            assert_eq!((one, refused, other), (Ok(Ok(())), Ok(Err("no")), Ok(Ok(()))));
        });
        assert_eq!(names_in(&file), 2);
    }
}
