-- Rows as the release with schema 1 wrote them: matched (1, 2), linked by a feed (4, 5), alone (6); 3 was merged away.
INSERT INTO identity (number, authority, value, id, person, names, mother_maiden_name, birth_date, sex, address,
    phone_home, phone_business, account_number, ssn, driver_license, birth_order) VALUES
  (1, '1.2.3.4.1000', '1', '1^^^&1.2.3.4.1000&ISO', 1, '山田^花子', '', '19580312', 'F', '', '03-1234-5678', '', '', '', '', ''),
  (2, '1.2.3.4.2000', '9', '9^^^&1.2.3.4.2000&ISO', 1, '山田^花子', '', '19580312', 'F', '', '', '', '', '', '', ''),
  (4, '1.2.3.4.1000', '2', '2^^^&1.2.3.4.1000&ISO', 3, '山田^月子~ヤマダ^ツキコ^^^^^^P', '', '19580312', 'F', '', '', '', '', '', '', ''),
  (5, 'ns:AFFINITY', '7', '7^^^AFFINITY', 3, '', '', '', '', '', '', '', '', '', '', '2'),
  (6, '1.2.3.4.2000', '3', '3^^^&1.2.3.4.2000&ISO', 5, '鈴木^一郎', '', '19700101', 'M', '', '', '', '', '', '', '');
INSERT INTO person (number) VALUES (1), (3), (5);
INSERT INTO match_key (key, identity) VALUES ('山田花子19580312F', 1), ('山田花子19580312F', 2);
INSERT INTO link (a, b, kind) VALUES (1, 2, 1), (2, 1, 1), (4, 5, 2), (5, 4, 2);
-- A chain: 00 became 0, 0 became 2.
INSERT INTO retired (authority, value, survivor) VALUES
  ('1.2.3.4.1000', '0', '2^^^&1.2.3.4.1000&ISO'),
  ('1.2.3.4.1000', '00', '0^^^&1.2.3.4.1000&ISO');
-- Person 2 is no longer there, and neither is the last one told of.
INSERT INTO change (number, person) VALUES (1, 1), (2, 2), (3, 1), (4, 3), (7, 5), (9, 77);
