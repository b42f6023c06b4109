-- Expressions that several files use; every connection of ours has them. Each is one line of meaning, so that files agree on it.

-- Lower case, and a space around each letter of a script that leaves none.
create or replace temp macro spelled(text) as
  regexp_replace(lower(text), '([\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}])', ' \1 ', 'g');

-- A question's wording less what punctuation and space may differ in.
create or replace temp macro bare(text) as lower(regexp_replace(text, '[\s.,:;!?]+', '', 'g'));

-- Who can be reached or is named: addresses, numbers, signatures. What stands here must not take A@B.T, 1 234 567 or "— Merge sort":
-- tests/sql/test_scrubs.py has the traps. Addresses at example.org and the like are nobody's (RFC 2606); they are kept.
create or replace temp macro mail_pattern() as
  '(?i)\b([a-z0-9][a-z0-9._%+-]+@(?:[a-z0-9-]+\.)+(?:com|org|net|edu|gov|mil|info|biz|dev|app|[a-z]{2}))($|[^\w(\[.@:]|[.:](?:\s|$))';
create or replace temp macro reserved_mail_pattern() as '(?i)@((?:[a-z0-9-]+\.)*example\.(?:com|org|net|edu))\b';

-- After a word for it a number may take many forms; without one only those that no sum and no table has: +49 30 1234567, 212-456-7890.
-- The exchange 555 is for fiction, and exercises use it.
create or replace temp macro named_phone_pattern() as
  '(?i)((?:\b(?:tel|telefon|telephone|téléphone|teléfono|telefone|phone|mobile|cell|fax|whatsapp|handy|тел|телефон)\b|电话|電話|手机)\.?(?: (?:no|nr|number)\b\.?)?\s?[:：]?\s?)'
  || '(\+\d[\d ()./-]{6,18}\d|\(?0\d[\d ()./-]{4,16}\d|\(?[2-9]\d{2}\)?[ .-](?:[2-46-9]\d{2}|5[0-46-9]\d|55[0-46-9])[ .-]\d{4}|1[3-9]\d{9})\b';
create or replace temp macro phone_pattern() as
  '(^|[\s(:,;])'
  || '(\+\d{1,3}[ -]\(?\d{1,4}\)?[ -]\d{3,4}[ -]?\d{4}|\+\d{2,3}[ -]\(?\d{1,5}\)?[ /-]\d{5,8}|\+\d{2,3} \d(?: \d\d){4}'
  || '|(?:\([2-9]\d{2}\) ?|[2-9]\d{2}-)(?:[2-46-9]\d{2}|5[0-46-9]\d|55[0-46-9])-\d{4})'
  || '($|[\s),;]|\.(?:\s|$))';

-- A name is one to three words with capitals, of letters only.
create or replace temp macro name_pattern() as '\p{Lu}[\p{L}''’-]*\.?(?: \p{Lu}[\p{L}''’-]*\.?){0,2}';
-- The last words of a letter, and what forums write above a post.
create or replace temp macro regards_pattern() as
  '((?:^|\n)[ \t]*(?i:(?:best|kind|warm) (?:regards|wishes)|regards|cheers|sincerely|yours(?: truly| sincerely| faithfully)?|many thanks|thanks(?: in advance| again)?|hope (?:this|that|it) helps'
  || '|mit freundlichen grüßen|(?:viele|liebe|beste) grüße|(?:un )?saludos?|cordialement|с уважением|pozdrawiam)[,.!:)]*[ \t]*\n?[ \t]*[—–-]{0,2} ?)('
  || name_pattern() || ')(\s*)$';
create or replace temp macro byline_pattern() as
  '((?:^|\n)[ \t]*(?i:(?:posted|asked|answered|replied|submitted) by):? )(' || name_pattern() || '|@?[\w.-]{3,30})([ \t]*(?:(?i:on|at|,|\||·|–|-) ?[^\n]{0,40})?(?:\n|$))';
create or replace temp macro dashed_name_pattern() as '(\n[ \t]*(?:—|–|--|~) ?)(' || name_pattern() || ')(\s*)$';

-- Each takes what the one before has left.
create or replace temp macro without_mail(text) as
  if(contains(text, '@'),
    replace(regexp_replace(regexp_replace(text, reserved_mail_pattern(), chr(57344) || '\1', 'g'), mail_pattern(), '[e-mail]\2', 'g'), chr(57344), '@'),
    text);
create or replace temp macro without_phone(text) as
  if(regexp_matches(text, '\d[\d ()./-]{5,}\d'),
    regexp_replace(regexp_replace(text, named_phone_pattern(), '\1[phone]', 'g'), phone_pattern(), '\1[phone]\3', 'g'),
    text);
create or replace temp macro without_name(text, is_thread) as
  if(is_thread, regexp_replace(regexp_replace(regexp_replace(text, regards_pattern(), '\1[name]\3'), byline_pattern(), '\1[name]\3', 'g'), dashed_name_pattern(), '\1[name]\3'),
    regexp_replace(regexp_replace(text, regards_pattern(), '\1[name]\3'), byline_pattern(), '\1[name]\3', 'g'));
create or replace temp macro scrubbed(text, is_thread) as without_name(without_phone(without_mail(text)), is_thread);

-- Whether at least this share of a text's letters is of a script.
create or replace temp macro is_written_in(text, letters, share) as
  length(regexp_replace(text, '[^' || letters || ']', '', 'g')) >= greatest(2, share * length(regexp_replace(text, '[^\p{L}]', '', 'g')));
