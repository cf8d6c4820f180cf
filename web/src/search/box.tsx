// The search field with its suggestions: a combobox, so arrow keys choose and Enter goes.

import { useEffect, useRef, useState } from "preact/hooks";
import { BASE, go, place } from "../router";
import { useSelected } from "../signal";
import { find, type Hit } from "./find";

const WAIT_MS = 120;
const SHOWN = 8;

export function Search() {
  const [text, setText] = useState("");
  const [hits, setHits] = useState<Hit[]>([]);
  const [note, setNote] = useState("");
  const [open, setOpen] = useState(false);
  const [chosen, setChosen] = useState(-1);
  const field = useRef<HTMLInputElement>(null);
  const here = useSelected(place, (state) => state.place.key);

  useEffect(() => {
    setOpen(false);
    setText("");
  }, [here]);

  useEffect(() => {
    setChosen(-1);
    if (text.trim() === "") {
      setHits([]);
      setNote("");
      return;
    }
    let over = false;
    const timer = setTimeout(() => {
      find(text).then(
        (found) => {
          if (over) return;
          setHits(found.hits.slice(0, SHOWN));
          setNote(found.hits.length === 0 ? found.note : "");
        },
        () => {
          if (!over) setNote("The node does not answer.");
        },
      );
    }, WAIT_MS);
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [text]);

  const enter = async (): Promise<void> => {
    const picked = hits[chosen];
    if (picked !== undefined) return leave(picked.href);
    if (text.trim() === "") return;
    // What was typed just now may not have been looked for yet.
    const { hits: found } = await find(text).catch(() => ({ hits: [] as Hit[] }));
    const [only, second] = found;
    const whole = (name: string): string => name.replace(/,/g, "").trim().toLowerCase();
    const sure = only !== undefined && (second === undefined || whole(only.name) === whole(text));
    leave(sure ? only.href : `${BASE}search?q=${encodeURIComponent(text.trim())}`);
  };
  const leave = (href: string): void => {
    field.current?.blur();
    setText("");
    setOpen(false);
    go(href);
  };

  const pressed = (event: KeyboardEvent): void => {
    switch (event.key) {
      case "ArrowDown":
        setOpen(true);
        setChosen(hits.length === 0 ? -1 : (chosen + 1) % hits.length);
        break;
      case "ArrowUp":
        setChosen(hits.length === 0 ? -1 : (chosen <= 0 ? hits.length : chosen) - 1);
        break;
      case "Enter":
        void enter();
        break;
      case "Escape":
        if (open && text !== "") setOpen(false);
        else {
          setText("");
          field.current?.blur();
        }
        break;
      default:
        return;
    }
    event.preventDefault();
  };

  const listed = open && text.trim() !== "" && (hits.length > 0 || note !== "");
  return (
    <search class="search">
      <label class="hidden" for="search">
        Search by height, hash, address, token or name
      </label>
      <svg viewBox="0 0 16 16" aria-hidden="true" focusable="false">
        <path d="M7 2.5a4.5 4.5 0 100 9 4.5 4.5 0 000-9zM10.5 10.5l3.5 3.5" />
      </svg>
      <input
        ref={field}
        id="search"
        type="text"
        inputMode="search"
        enterkeyhint="search"
        role="combobox"
        aria-expanded={listed}
        aria-controls="suggestions"
        aria-autocomplete="list"
        aria-activedescendant={listed && chosen >= 0 ? `hit-${chosen}` : undefined}
        placeholder="Height, hash, address, name"
        autocomplete="off"
        autocapitalize="none"
        spellcheck={false}
        maxLength={200}
        value={text}
        onInput={(event) => {
          setText(event.currentTarget.value);
          setOpen(true);
        }}
        onFocus={() => setOpen(true)}
        onBlur={() => setOpen(false)}
        onKeyDown={pressed}
      />
      <kbd aria-hidden="true">/</kbd>
      <ul id="suggestions" role="listbox" aria-label="Suggestions" hidden={!listed || hits.length === 0}>
        {hits.map((hit, at) => (
          <li
            key={`${hit.kind} ${hit.href}`}
            id={`hit-${at}`}
            role="option"
            aria-selected={at === chosen}
            onPointerDown={(event) => event.preventDefault()}
            onClick={() => leave(hit.href)}
          >
            <span class="kind">{hit.kind}</span>
            <bdi class="name">{hit.name}</bdi>
            <bdi class="note">{hit.note}</bdi>
          </li>
        ))}
      </ul>
      {listed && hits.length === 0 ? (
        <p class="none" role="status">
          {note}
        </p>
      ) : null}
    </search>
  );
}
