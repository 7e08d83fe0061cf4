-- Run once by the database's container: the user's database with the tables of the example sync, and Concord's own store.
CREATE DATABASE concord;
CREATE DATABASE customer_data;
\connect customer_data
\ir /concord/accounts.sql
