//! The `tempergate` command.

fn main() {}
