//! The queue's bounds and its end.

use futures_util::FutureExt;
use futures_util::future::join_all;

use super::*;
use crate::eventing::fixture::place;

fn look() -> Request {
    Request::LookAtDue
}

#[tokio::test]
async fn a_full_queue_answers_unavailable_at_once() {
    let (customers, _functions, _queue) = queue();
    let waiting = join_all((0..CUSTOMERS_MAX).map(|_| customers.ask(place(1, 10))));
    let mut waiting = Box::pin(waiting);
    assert!(waiting.as_mut().now_or_never().is_none(), "they wait for the writer");
    assert_eq!(customers.ask(place(1, 10)).now_or_never(), Some(Err(Unavailable)));
}

#[tokio::test]
async fn whoever_asks_after_the_end_is_told_at_once() {
    let (customers, _functions, queue) = queue();
    drop(queue);
    assert_eq!(customers.ask(place(1, 10)).now_or_never(), Some(Err(Unavailable)));
}

#[tokio::test]
async fn whoever_waits_when_the_writer_dies_is_told() {
    let (customers, _functions, mut queue) = queue();
    let (answer, ()) = tokio::join!(customers.ask(place(1, 10)), async {
        drop(queue.next_batch().await);
    });
    assert_eq!(answer, Err(Unavailable));
}

#[tokio::test]
async fn customers_and_functions_share_a_batch_and_neither_starves() {
    let (customers, functions, mut queue) = queue();
    let mut asking = Box::pin(join_all((0..100).map(|_| customers.ask(place(1, 10)))));
    assert!(asking.as_mut().now_or_never().is_none());
    for _ in 0..100 {
        functions.tell(look()).await;
    }
    let sizes = |batch: &[Waiting]| {
        let functions = batch.iter().filter(|it| it.request == look()).count();
        (batch.len() - functions, functions)
    };
    for _ in 0..3 {
        let (of_customers, of_functions) = sizes(&queue.next_batch().await.unwrap());
        assert_eq!(of_customers + of_functions, BATCH_MAX);
        assert!(of_customers >= BATCH_MAX / 2, "{of_customers}");
        assert!(of_functions >= BATCH_MAX / 2 - 1, "{of_functions}");
    }
}

#[tokio::test]
async fn a_batch_is_filled_by_whoever_is_there() {
    let (customers, functions, mut queue) = queue();
    let mut asking = Box::pin(join_all((0..BATCH_MAX).map(|_| customers.ask(place(1, 10)))));
    assert!(asking.as_mut().now_or_never().is_none());
    assert_eq!(queue.next_batch().await.unwrap().len(), BATCH_MAX);
    for _ in 0..BATCH_MAX {
        functions.tell(look()).await;
    }
    assert_eq!(queue.next_batch().await.unwrap().len(), BATCH_MAX);
    functions.tell(look()).await;
    assert_eq!(queue.next_batch().await.unwrap().len(), 1, "it never waits for more");
}

#[tokio::test]
async fn the_queue_ends_with_the_functions_door_once_what_waits_is_taken() {
    let (customers, functions, mut queue) = queue();
    let mut asking = Box::pin(customers.ask(place(1, 10)));
    assert!(asking.as_mut().now_or_never().is_none());
    drop(functions);
    assert_eq!(queue.next_batch().await.map(|batch| batch.len()), Some(1));
    // A connection that lingers still holds its door.
    assert!(queue.next_batch().await.is_none());
    assert_eq!(customers.ask(place(1, 11)).now_or_never(), Some(Err(Unavailable)));
}
