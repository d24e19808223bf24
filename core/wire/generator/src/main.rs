//! Turns the schema text into the checked-in message code.
fn main() {}
