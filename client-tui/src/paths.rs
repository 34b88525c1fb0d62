//! Where everything lies: the one place that knows a file's name.
//!
//! Data in `$XDG_DATA_HOME/tiffin`, the log in `$XDG_STATE_HOME/tiffin`, on every Unix; `--data-dir`
//! puts both into one directory of one's own. What the files hold is known elsewhere.

use std::{
    fs::DirBuilder,
    io,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

use etcetera::{BaseStrategy, base_strategy::Xdg};

use crate::link::Endpoint;

/// The directory of this program under those of the user.
const OUR_NAME: &str = "tiffin";

/// All places of one data directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    data: PathBuf,
    state: PathBuf,
}

/// Which backend somebody orders from; each has a profile, a journal and a cache of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Backend {
    /// The one that this program starts by itself.
    Own,
    /// One that somebody else runs.
    Elsewhere(Endpoint),
}

/// The places cannot be found or made.
#[derive(Debug, thiserror::Error)]
pub enum PathsError {
    #[error("nobody knows your home directory; set HOME, or name a directory with --data-dir")]
    NoHome,
    #[error("the directory {path} cannot be made: {source}; name another one with --data-dir")]
    Create { path: PathBuf, source: io::Error },
}

impl Paths {
    /// The user's directories, or this one for everything.
    ///
    /// # Errors
    /// No directory was named and there is no home.
    pub fn find(data_directory: Option<PathBuf>) -> Result<Self, PathsError> {
        if let Some(directory) = data_directory {
            return Ok(Self { state: directory.clone(), data: directory });
        }
        let user = Xdg::new().map_err(|_| PathsError::NoHome)?;
        let data = user.data_dir().join(OUR_NAME);
        let state = user.state_dir().map_or_else(|| data.clone(), |state| state.join(OUR_NAME));
        Ok(Self { data, state })
    }

    /// Makes the directories, for their owner alone.
    ///
    /// # Errors
    /// One of them cannot be made.
    pub fn create(&self) -> Result<(), PathsError> {
        for directory in [&self.data, &self.state] {
            DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(directory)
                .map_err(|source| PathsError::Create { path: directory.clone(), source })?;
        }
        Ok(())
    }

    /// The directory of all data.
    pub fn data_directory(&self) -> &Path {
        &self.data
    }

    /// The own backend's database.
    pub fn database(&self) -> PathBuf {
        self.data.join("tiffin.db")
    }

    /// What a backend holds while it runs on the database; its first line is the backend's URL.
    pub fn backend_lock(&self) -> PathBuf {
        self.data.join("tiffin.db.lock")
    }

    /// The own backend's standard error.
    pub fn backend_log(&self) -> PathBuf {
        self.data.join("backend.log")
    }

    /// This program's own log.
    pub fn log(&self) -> PathBuf {
        self.state.join("tiffin.log")
    }

    /// Who orders from this backend.
    pub fn profile(&self, backend: &Backend) -> PathBuf {
        self.of(backend, "profile.json")
    }

    /// The directory of the journals of all programs that run on this data.
    pub fn journals(&self, backend: &Backend) -> PathBuf {
        self.of(backend, "journal")
    }

    /// The last known menu and orders.
    pub fn cache(&self, backend: &Backend) -> PathBuf {
        self.of(backend, "cache")
    }

    /// The cart of whoever left without ordering.
    pub fn cart(&self, backend: &Backend) -> PathBuf {
        self.of(backend, "cart")
    }

    fn of(&self, backend: &Backend, name: &str) -> PathBuf {
        match backend {
            Backend::Own => self.data.join(name),
            Backend::Elsewhere(endpoint) => self.data.join(format!("{}.{name}", name_of(endpoint))),
        }
    }
}

/// A name that a person recognises and that is different for different endpoints: hosts have no `_`,
/// and whatever else a URL has and a file name should not becomes one.
fn name_of(endpoint: &Endpoint) -> String {
    let url = endpoint.to_string();
    let host_and_port = url.trim_start_matches("http://");
    let fits = |character: char| character.is_ascii_alphanumeric() || "-.".contains(character);
    host_and_port.chars().map(|character| if fits(character) { character } else { '_' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{fs, os::unix::fs::PermissionsExt};

    fn elsewhere(url: &str) -> Backend {
        Backend::Elsewhere(url.parse().unwrap())
    }

    #[test]
    fn a_data_directory_of_ones_own_holds_everything() {
        let paths = Paths::find(Some("/tmp/lunch".into())).unwrap();
        assert_eq!(paths.database(), Path::new("/tmp/lunch/tiffin.db"));
        assert_eq!(paths.log(), Path::new("/tmp/lunch/tiffin.log"));
        assert_eq!(paths.profile(&Backend::Own), Path::new("/tmp/lunch/profile.json"));
    }

    #[test]
    fn each_backend_has_its_own_profile_journal_and_cache() {
        let paths = Paths::find(Some("/tmp/lunch".into())).unwrap();
        let backends = [
            Backend::Own,
            elsewhere("http://[::1]:4000"),
            elsewhere("http://kitchen:4000"),
            elsewhere("http://kitchen:4001"),
        ];
        for place in [Paths::profile, Paths::journals, Paths::cache, Paths::cart] {
            let mut places: Vec<PathBuf> =
                backends.iter().map(|backend| place(&paths, backend)).collect();
            places.sort();
            places.dedup();
            assert_eq!(places.len(), backends.len(), "{places:?}");
        }
        assert_eq!(
            paths.profile(&elsewhere("http://kitchen:4000")),
            Path::new("/tmp/lunch/kitchen_4000.profile.json")
        );
    }

    #[test]
    fn the_directories_are_their_owners_alone() {
        let directory = tempfile::tempdir().unwrap();
        let data = directory.path().join("not/yet/there");
        let paths = Paths::find(Some(data.clone())).unwrap();
        paths.create().unwrap();
        paths.create().unwrap();
        assert_eq!(fs::metadata(&data).unwrap().permissions().mode() & 0o777, 0o700);
    }

    #[test]
    fn a_directory_that_cannot_be_made_is_named_with_a_way_out() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("file");
        fs::write(&file, "").unwrap();
        let error = Paths::find(Some(file.join("below"))).unwrap().create().unwrap_err();
        assert!(error.to_string().contains("--data-dir"), "{error}");
    }
}
