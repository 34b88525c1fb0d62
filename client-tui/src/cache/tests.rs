//! A cache is believed whole or not at all.

use std::{fs, os::unix::fs::PermissionsExt};

use optimistic::{
    account::Account,
    cached::{CachedOrders, Extent},
};
use shared::{
    catalog::house,
    cursor::{Cursor, Position},
    id::{CustomerId, LogId},
};
use uuid::Uuid;

use super::*;
use crate::journal::sealed;

const PROFILE: ProfileId = ProfileId::new(Uuid::from_u128(1));

fn cached() -> Cached {
    let log_id = LogId::new(Uuid::from_u128(7));
    Cached {
        catalog: Some(house::of_the_house()),
        orders: Some(CachedOrders {
            account: Account { log_id, customer_id: CustomerId::new(Uuid::from_u128(8)) },
            cursor: Cursor { log_id, position: Position::new(40) },
            orders: Vec::new(),
            extent: Extent::All,
        }),
    }
}

#[test]
fn what_was_cached_is_found_again() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("cache");
    assert_eq!(read_cache(&path, PROFILE), Found::Nothing);
    write_cache(&path, PROFILE, &Cached::default()).unwrap();
    write_cache(&path, PROFILE, &cached()).unwrap();
    assert_eq!(read_cache(&path, PROFILE), Found::Content(cached()));
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_menu_that_was_cached_before_anything_was_limited_is_believed() {
    let now = serde_json::to_string(&cached()).unwrap();
    let before = now.replace(r#","portions":null"#, "").replace(r#","portions":12"#, "");
    let before = before.replace(r#","portions":5"#, "");
    assert!(!before.contains("portions"), "{before}");
    let read: Cached = serde_json::from_str(&before).unwrap();
    let restaurants = read.catalog.unwrap().restaurants;
    let mut dishes = restaurants.iter().flat_map(|restaurant| &restaurant.menu);
    assert!(dishes.all(|dish| dish.portions.is_none()));
}

#[test]
fn what_is_odd_about_a_cache_makes_it_ignored_and_is_said() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("cache");
    write_cache(&path, PROFILE, &cached()).unwrap();
    let good = fs::read(&path).unwrap();
    let mut flipped = good.clone();
    flipped[good.len() / 2] ^= 1;
    let mut of_the_future = Vec::new();
    sealed(
        &format!(r#"{{"format":3,"profile":"{}","content":[]}}"#, PROFILE.uuid()),
        &mut of_the_future,
    );
    let odd = [
        (good[..good.len() - 1].to_vec(), "cut off"),
        (Vec::new(), "cut off"),
        (flipped, "damaged"),
        (b"{}\n".to_vec(), "damaged"),
        (of_the_future, "format 3"),
    ];
    for (bytes, expected) in odd {
        fs::write(&path, bytes).unwrap();
        let Found::Ignored { why } = read_cache(&path, PROFILE) else { panic!("{expected}") };
        assert!(why.contains(expected), "{why}");
    }
    fs::write(&path, good).unwrap();
    let somebody_else = ProfileId::new(Uuid::from_u128(2));
    let Found::Ignored { why } = read_cache(&path, somebody_else) else { panic!("not theirs") };
    assert!(why.contains("another profile"), "{why}");
    assert!(matches!(read_cache(directory.path(), PROFILE), Found::Ignored { .. }));
}

#[test]
fn a_cache_that_cannot_be_written_is_an_error_in_words() {
    let directory = tempfile::tempdir().unwrap();
    let error = write_cache(&directory.path().join("not/there"), PROFILE, &cached()).unwrap_err();
    assert!(error.to_string().contains("cannot be written"), "{error}");
}
