use super::*;
use uuid::Uuid;

const LOG: u128 = 2;

fn id(number: u128) -> ProfileId {
    ProfileId::new(Uuid::from_u128(number))
}

fn sign_in(token: &str, log: u128) -> SignedIn {
    SignedIn {
        customer_id: CustomerId::new(Uuid::from_u128(1)),
        name: "Ada".to_owned(),
        token: Token::new(token.to_owned()),
        log_id: LogId::new(Uuid::from_u128(log)),
        server: "http://127.0.0.1:4000".to_owned(),
    }
}

/// A directory, and where the profile is in it.
fn place() -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("profile.json");
    (directory, path)
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn a_profile_keeps_its_id_from_the_first_start_on() {
    let (_directory, path) = place();
    let first = Profile::load_or_create(&path, id(7)).unwrap();
    assert_eq!(first, Profile { id: id(7), signed_in: None });
    assert_eq!(Profile::load_or_create(&path, id(8)).unwrap(), first);
}

#[test]
fn a_sign_in_is_there_after_a_restart_and_only_its_owner_can_read_it() {
    let (_directory, path) = place();
    let mut profile = Profile::load_or_create(&path, id(7)).unwrap();
    profile.sign_in(&path, sign_in("secret", LOG), None).unwrap();
    assert_eq!(Profile::load_or_create(&path, id(8)).unwrap(), profile);
    assert_eq!(profile.signed_in, Some(sign_in("secret", LOG)));
    assert_eq!(mode(&path), OWNER_ONLY);
}

#[test]
fn two_programs_that_sign_in_at_once_become_one_customer() {
    let (_directory, path) = place();
    let mut one = Profile::load_or_create(&path, id(7)).unwrap();
    let mut other = Profile::load_or_create(&path, id(8)).unwrap();
    one.sign_in(&path, sign_in("first", LOG), None).unwrap();
    other.sign_in(&path, sign_in("second", LOG), None).unwrap();
    assert_eq!(other, one);
}

#[test]
fn another_log_or_a_refused_token_is_replaced() {
    let (_directory, path) = place();
    let mut profile = Profile::load_or_create(&path, id(7)).unwrap();
    profile.sign_in(&path, sign_in("first", LOG), None).unwrap();
    profile.sign_in(&path, sign_in("other log", LOG + 1), None).unwrap();
    assert_eq!(profile.signed_in, Some(sign_in("other log", LOG + 1)));
    let refused = Token::new("other log".to_owned());
    profile.sign_in(&path, sign_in("anew", LOG + 1), Some(&refused)).unwrap();
    assert_eq!(profile.signed_in, Some(sign_in("anew", LOG + 1)));
    assert_eq!(Profile::load_or_create(&path, id(8)).unwrap(), profile);
}

#[test]
fn a_profile_that_others_could_read_is_closed_to_them() {
    let (_directory, path) = place();
    Profile::load_or_create(&path, id(7)).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    Profile::load_or_create(&path, id(7)).unwrap();
    assert_eq!(mode(&path), OWNER_ONLY);
}

#[test]
fn a_damaged_profile_is_an_error_that_says_what_to_do_and_is_not_overwritten() {
    let (_directory, path) = place();
    fs::write(&path, "{\"id\":").unwrap();
    let error = Profile::load_or_create(&path, id(7)).unwrap_err();
    assert!(
        matches!(error, ProfileError::Damaged { .. }) && error.to_string().contains("move it away"),
        "{error}"
    );
    assert_eq!(fs::read_to_string(&path).unwrap(), "{\"id\":");
}

#[test]
fn a_token_does_not_slip_into_a_log() {
    assert!(!format!("{:?}", sign_in("secret", LOG)).contains("secret"));
}

#[test]
fn the_name_is_the_wanted_one_or_the_login_name() {
    let login = |name: &str| (name == "LOGNAME").then(|| "ada".to_owned());
    assert_eq!(name_to_sign_in_with(Some("Grace"), login), "Grace");
    assert_eq!(name_to_sign_in_with(None, login), "ada");
    assert_eq!(name_to_sign_in_with(Some(" \u{1b} "), login), "ada");
    assert_eq!(name_to_sign_in_with(None, |_| Some(String::new())), NAMELESS);
}

#[test]
fn a_name_fits_on_a_screen() {
    assert_eq!(presentable("\u{1b}[31mAda\n").as_deref(), Some("[31mAda"));
    assert_eq!(presentable(&"x".repeat(500)).map(|name| name.len()), Some(NAME_LIMIT));
}
